// Loaded into fauxqs before it starts. It changes what fauxqs has no option for.
import net from "node:net";
import { DatabaseSync } from "node:sqlite";
import { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";

// Queue URLs that every program can reach; fauxqs's have a host name that not all systems resolve.
const base = `http://127.0.0.1:${Number(process.env.FAUXQS_PORT)}/000000000000/`;
SqsStore.prototype.buildQueueUrl = (name) => base + name;

// Listen on this machine only.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (options, ...rest) {
  const local = options?.host === "0.0.0.0" ? { ...options, host: "127.0.0.1" } : options;
  return listen.call(this, local, ...rest);
};

const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql);
  // Leave writing to disk to the operating system: its cache survives a kill -9 of the process, and a
  // queue is ten times as fast.
  if (sql.includes("journal_mode")) exec.call(this, "PRAGMA synchronous = OFF");
  if (sql.includes("TABLE IF NOT EXISTS sqs_messages")) {
    // The receivers of messages ended with the last run: show the messages at once, rather than after
    // their visibility timeout.
    exec.call(this, "UPDATE sqs_messages SET visibility_deadline = 1 WHERE visibility_deadline > 1");
    // The port may differ from that of the last run.
    exec.call(this, `UPDATE sqs_queues SET url = '${base}' || name`);
  }
};
