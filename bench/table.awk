# Turns the lines of bench/run into tables.
#   awk -F '\t' -f table.awk ROWS RESULTS                          for people, as text
#   awk -F '\t' -v markdown=1 -f table.awk ROWS RESULTS            for docs/performance.md
# ROWS has for each row: name, what it is, the most that ours may take (seconds, or words), what bounds it.
# Of several runs the median is shown, of wall time the least too; of memory the largest. Ratios are Barman's over ours.

FNR == 1 { file++ }
/^#/ || /^$/ { next }
file == 1 { order[++rows] = $1; what[$1] = $2; most[$1] = $3; bounded_by[$1] = $4; parts[$1] = $5 ? $5 : 1; next }
$2 == "note" { notes[++note_count] = what[$1] ? what[$1] ": " $3 : $3; next }
{
  key = $1 SUBSEP $2
  n = ++runs[key]
  wall[key, n] = $3; cpu[key, n] = $4 + $5
  if ($6 > memory[key]) memory[key] = $6
}

# Insertion sort: there are few runs.
function median(values, key,    i, j, value, sorted, n) {
  n = runs[key]
  for (i = 1; i <= n; i++) {
    value = values[key, i]
    for (j = i - 1; j > 0 && sorted[j] > value; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = value
  }
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}
function least(values, key,    i, result) {
  result = values[key, 1]
  for (i = 2; i <= runs[key]; i++) if (values[key, i] < result) result = values[key, i]
  return result
}
function time(seconds) {
  if (seconds >= 10) return sprintf("%.1f s", seconds)
  if (seconds >= 1) return sprintf("%.2f s", seconds)
  if (seconds >= 0.1) return sprintf("%.0f ms", seconds * 1000)
  return sprintf("%.1f ms", seconds * 1000)
}
function limit(words) { return words == "" ? "-" : words ~ /^[0-9.]+$/ ? time(words) : words }
function mebibytes(kib) { return sprintf("%.0f MiB", kib / 1024) }
function cost(key) {
  if (!runs[key]) return "-"
  return time(median(cpu, key)) " cpu, " time(median(wall, key)) ", " mebibytes(memory[key])
}
function ratio(values, a, b,    divisor) {
  divisor = median(values, b)
  return !runs[a] || divisor == 0 ? "-" : sprintf("%.1f", median(values, a) / divisor)
}

END {
  if (markdown) {
    print "| work | Barman 3.20.1 | here | ratio: cpu | wall | here, least wall | wanted at most | bare work |"
    print "|---|---|---|---|---|---|---|---|"
    format = "| %s | %s | %s | %s | %s | %s | %s | %s |\n"
  } else {
    format = "%-58s  %-32s  %-32s  %6s  %6s  %9s  %9s  %s\n"
    printf format, "work", "Barman", "ours", "cpu", "wall", "least", "at most", "bare work"
  }
  for (i = 1; i <= rows; i++) {
    name = order[i]
    ours = name SUBSEP "ours"; reference = name SUBSEP "reference"; bound = name SUBSEP "bound"
    if (!runs[ours]) continue
    bare = runs[bound] ? time(median(cpu, bound)) " cpu, " time(median(wall, bound)) : "-"
    printf format, what[name], cost(reference), cost(ours), ratio(cpu, reference, ours), ratio(wall, reference, ours),
      time(least(wall, ours)), limit(most[name]), bare (bounded_by[name] ? " (" bounded_by[name] ")" : "")
  }
  if (note_count) print ""
  for (i = 1; i <= note_count; i++) print (markdown ? "- " : "") notes[i]
}
