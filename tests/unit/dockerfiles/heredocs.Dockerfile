FROM a
RUN n=3; echo $((1<<n)) <<<x "use <<EOF" x<<y
RUN <<-\EOT
	echo $HOME
	EOT
COPY <<a.txt <<"b c" /dst/
hello
a.txt
  second
b c
RUN cat <<A 3<<B | sort
1
A
2
B
USER x
