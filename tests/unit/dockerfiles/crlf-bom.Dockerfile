# syntax=a
FROM a
RUN b \
  # c

  d \  
  e
RUN <<E
f
E
CMD ["g"]