from a as B
Run echo "a  \
   b" \\
env OLD some  value # not a comment
Env FLAGS=a,\
b C="d e" F=\"
label a.b="c" d='e f'
ARG X Y=1 Z="a b"
MAINTAINER someone
EXPOSE 80   90/udp
VOLUME ["/a", "/b"]
VOLUME /c /d
STOPSIGNAL SIGTERM
