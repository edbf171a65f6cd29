# Two works of the same kind, done one after the other. Everything but the shape of what names and times them is kept:
# identifiers, moments, durations, and positions in the WAL.
s/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9:]{8} [0-9]{4}/CTIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}/TIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/SECOND/g
s/\b[0-9]{8}T[0-9]{6}Z?\b/ID/g
s/(\b|\\t)[0-9A-F]{24}\b/\1WAL/g
s/\b[0-9A-F]{1,8}\/[0-9A-F]{6,8}\b/LSN/g
s/\((WAL), [0-9A-F]{8}\)/(\1, OFFSET)/g
s/(WAL)\.[0-9A-F]{8}\.backup/\1.OFFSET.backup/g
s/(time: |elapsed time: )(less than one second|([0-9]+ minutes?, )?[0-9]+ seconds?|[0-9]+ minutes?)/\1DURATION/g
s/^(begin_offset|end_offset)=[0-9]+$/\1=OFFSET/
s/("(begin|end)_offset": )[0-9]+/\1OFFSET/g
s/([a-z_]*(time|pgdata|pg_control|ts_a|ts_b)'?"?: )[0-9]+\.[0-9]+(e-[0-9]+)?/\1SECONDS/g
s/("[a-z_]*_timestamp": ")[0-9]+/\1EPOCH/g
s/("[a-z_]*elapsed_time_seconds": )[0-9.e-]+/\1SECONDS/g
s/("[a-z_]*elapsed_time": ")[^"]*/\1DURATION/g
