// Loaded into fauxqs before it starts, for three things that it has no option for.
import net from "node:net";
import { DatabaseSync } from "node:sqlite";

// Listen on this machine only.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (options, ...rest) {
  const local = options?.host === "0.0.0.0" ? { ...options, host: "127.0.0.1" } : options;
  return listen.call(this, local, ...rest);
};

const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql);
  // Leave writing to disk to the system: what is in its cache survives the end of a process, kill -9
  // included, and a queue is ten times as fast.
  if (sql.includes("journal_mode")) exec.call(this, "PRAGMA synchronous = OFF");
  // Whoever had received a message ended with the last run: it is visible again at once, rather than
  // after its visibility timeout.
  if (sql.includes("TABLE IF NOT EXISTS sqs_messages"))
    exec.call(this, "UPDATE sqs_messages SET visibility_deadline = 1 WHERE visibility_deadline > 1");
};
