"""The same moment in a time zone, as Python, pytz and the C library tell it."""

import os
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

moment = datetime(2024, 7, 1, 12, tzinfo=UTC)
name = sys.argv[1]
print("zoneinfo", moment.astimezone(ZoneInfo(name)).isoformat())
if len(sys.argv) > 2:
    import pytz

    print("pytz", moment.astimezone(pytz.timezone(name)).isoformat())
os.environ["TZ"] = name
time.tzset()
print("libc", time.strftime("%H:%M %z %Z", time.localtime(moment.timestamp())))
