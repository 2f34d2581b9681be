# syntax=docker/dockerfile:1
# escape=`
# check=skip=all
FROM a
RUN dir C:\ `
  && dir `

  # inside
  D:\
CMD x
