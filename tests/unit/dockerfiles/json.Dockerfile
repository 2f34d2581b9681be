FROM a
CMD ["a", "b c"]
CMD ["a", b]
CMD [ "a", \

  "b" ]
ENTRYPOINT ['a']
RUN ["sh", "-c", "echo \u00e9"]
COPY ["a b", "/c"]
HEALTHCHECK CMD ["x"]
HEALTHCHECK NONE
SHELL []
RUN [ -f x ] && y
RUN
CMD
ONBUILD
