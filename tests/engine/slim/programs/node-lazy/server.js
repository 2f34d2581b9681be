// Two dependencies are loaded where they are first needed, one of them in a file that comes late itself.
const express = require("express");

const app = express();
app.get("/", (request, response) => response.send("home"));
app.get("/json", (request, response) => response.json({ query: request.query }));
app.get("/page/:text", (request, response) => {
  const { marked } = require("marked");
  const { v5 } = require("uuid");
  response.send(marked.parse(request.params.text).trim() + " " + v5("a", v5.URL));
});
const server = app.listen(8000, "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
