// Native code that comes as one package per platform, chosen while it is loaded; and requires that come late.
const [task, text] = process.argv.slice(2);
if (task === "hash") {
  console.log(require("@node-rs/xxhash").xxh64(text).toString(16));
} else if (task === "password") {
  const { hashSync, verifySync } = require("@node-rs/argon2");
  const made = hashSync(text, { salt: Buffer.alloc(16, 7) });
  console.log(made, verifySync(made, text));
} else if (task === "encode") {
  console.log(require("iconv-lite").encode("Zürich 東京", text));
} else {
  import("node:crypto").then(({ createHash }) => console.log(createHash(task).update(text).digest("hex")));
}
