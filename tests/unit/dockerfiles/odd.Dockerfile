ARG V=1
FROM a:$V
ONBUILD COPY --chown=1:1 . /x
ONBUILD ENV A=b C="d e"
ONBUILD ARG q
onbuild cmd ["x"]
NEW instruction here
WORKDIR /a b
\
USER x
RUN a \
\
  b
RUN trailing \