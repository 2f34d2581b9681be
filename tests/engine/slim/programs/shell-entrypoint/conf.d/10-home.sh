export REPORT_HOME=/srv
