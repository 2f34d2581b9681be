# Builds the tests of the modules in the folders "$2"… with the tags $1: ../bin/N.test of each package, and in
# ../packages the lines N, import path, folder. What cannot be built is told in ../unbuilt.
export CGO_ENABLED=0 GOTOOLCHAIN=local
tags=$1
shift
out=$(cd .. && pwd)
mkdir -p "$out/bin" "$out/tmp"
: > "$out/packages"
: > "$out/unbuilt"
tab=$(printf '\t')
for module in "$@"; do
    (cd "$module" && go list -e -tags "$tags" -f "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}$tab{{.Dir}}{{end}}" ./... 2>/tmp/log) ||
        printf '%s: %s\n' "$module" "$(tail -n 1 /tmp/log)" >> "$out/unbuilt"
done | sort -u | head -n 40 > /tmp/found
number=0
while IFS=$tab read -r package folder; do
    number=$((number + 1))
    if (cd "$folder" && go test -c -tags "$tags" -ldflags "-s -w" -o "$out/bin/$number.test" .) > /tmp/log 2>&1 < /dev/null; then
        if [ -f "$out/bin/$number.test" ]; then
            printf '%s\t%s\t%s\n' "$number" "$package" "$folder" >> "$out/packages"
        fi
    else
        printf '%s: %s\n' "$package" "$(grep -v '^#' /tmp/log | head -n 1)" >> "$out/unbuilt"
    fi
done < /tmp/found
