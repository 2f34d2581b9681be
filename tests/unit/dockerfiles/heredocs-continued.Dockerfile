FROM a
RUN set -e \
  && true \
  <<EOF bash
#!/bin/bash
echo a \
EOF
RUN <<EOF
RUN this is text
EOF
RUN next
ONBUILD RUN <<EOF
later
EOF
ADD --checksum=sha256:0 <<EOF https://a/b /c
x
EOF
