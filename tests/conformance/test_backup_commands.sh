#!/usr/bin/env bash
# Commands about one backup, asked of every kind of backup: the same words and, where they change something, the same
# files.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/small_catalogue.sh"

hint="HINT: 'barman generate-manifest main ID' makes a manifest of the files as they are now; backups taken with '--manifest' have one from the beginning"
for question in "main named" "main latest" "main last-failed" "main nothing" "stream last-full" "empty oldest" "nowhere latest"; do
  # shellcheck disable=SC2086
  {
    same_answers "show-backup $question" "list-files --target data $question" "list-files --list-empty-directories $question" \
      "list-files --target wal $question" "list-files --target full $question" "keep --status $question"
    for command in check-backup verify-backup generate-manifest "keep --target full"; do
      # Copies by rsync that were not given a manifest.
      if [[ $command == verify-backup && $question == "main "@(named|last-failed) ]]; then
        deliberately D-CAT-17 "/could not open file .*backup_manifest/{n; s/^\$/$hint/}" \
          same_console_request $command $question
      else
        same_console_request $command $question
      fi
    done
  }
done
same_request check-backup main latest
same_request verify-backup main latest
same_request generate-manifest main named
same_request keep --target standalone main latest
same_request keep --release main latest
same_answers "verify main latest" "show-backups main latest"
global=$LAB_DIR/barman/stream/base/$(ours list-backups --minimal stream)/data/global
mv "$global/1262" "$LAB_DIR/1262"
same_request verify-backup stream latest
mv "$LAB_DIR/1262" "$global/1262"
keep_state
run reference generate-manifest main named
same_answers "verify-backup main named" "generate-manifest main named"
back_to_state

# A backup whose WAL has a hole, and one whose end has not come.
info=$LAB_DIR/barman/main/meta/$named-backup.info
cp "$info" "$LAB_DIR/info"
sed -i 's/^status=.*/status=WAITING_FOR_WALS/; s/^end_wal=.*/end_wal=0000000100000000000000F0/' "$info"
same_request check-backup main "$named"
same_answers "show-backup main $named" "list-backups main" "check main"
mv "$segment" "$LAB_DIR/segment"
sed -i "s/^end_wal=.*/end_wal=$last/" "$info"
same_request check-backup main "$named"
mv "$LAB_DIR/segment" "$segment"
same_request check-backup main "$named"
cp "$LAB_DIR/info" "$info"

# ---- delete ---------------------------------------------------------------------------------------------------------

same_request delete main "$named"
for what in latest last-failed nothing; do same_console_request delete main "$what"; done
same_request delete stream latest
conclude
