// Bulk changes from a CSV file: pasted, dropped or chosen, checked by line before anything is sent.

import { useMemo, useState } from "preact/hooks";
import { createApplications, createEntities, link, succeeded, unlink, type Outcome } from "../bulk";
import { application, association, COLUMNS, entity, read, write, type Line, type What } from "../csv";
import { count, counted } from "../format";
import { useAction } from "../load";
import { Badge, Button, Id, Notice, Problem } from "../ui/basics";
import { Progress } from "../ui/charts";
import { Dialog } from "../ui/dialog";
import { Field, Form, SelectField } from "../ui/form";

const EXAMPLES: Record<What, string> = {
  associations:
    "resourceType,channel,applicationId,entityId,resourceId\nNUMBER,SMS,default,,447700900123",
  applications: "applicationId,applicationName\nshop-production,Web shop",
  entities: "entityId,entityName\ncustomer-42,Customer 42",
};

const JOBS: [string, string][] = [
  ["link", "Link what the lines name"],
  ["unlink", "Unlink what the lines name"],
];

const SHOWN = 100;

const isWhat = (text: string): text is What => text in COLUMNS;

function send(what: What, job: string, lines: Line[], progress: (outcomes: Outcome[]) => void) {
  if (what === "applications") return createApplications(lines.map(application), progress);
  if (what === "entities") return createEntities(lines.map(entity), progress);
  return (job === "unlink" ? unlink : link)(lines.map(association), progress);
}

/** What became of lines that were sent, by their numbers. */
type Outcomes = Map<number, Outcome>;

function isDone(line: Line, outcomes: Outcomes): boolean {
  const outcome = outcomes.get(line.number);
  return outcome !== undefined && succeeded(outcome);
}

export function CsvDialog(props: { what: string; onClose: () => void; done: () => void }) {
  const what = isWhat(props.what) ? props.what : "associations";
  const [text, setText] = useState("");
  const [job, setJob] = useState("link");
  const [sent, setSent] = useState<Line[]>([]);
  const [outcomes, setOutcomes] = useState<Outcomes>(new Map());
  const [over, setOver] = useState(false);
  const { busy, error, run } = useAction();
  const { lines, problem } = useMemo(() => read(text, what), [text, what]);
  const good = lines.filter((line) => line.problems.length === 0);
  const bad = lines.length - good.length;
  const left = good.filter((line) => !isDone(line, outcomes));
  const finished = sent.length > 0 && !busy;
  const take = async (file: File | undefined) => file && replace(await file.text());
  const submit = () =>
    run(async () => {
      setSent(good);
      const before = outcomes;
      await send(what, job, left, (found) =>
        setOutcomes(new Map([...before, ...found.map((each, index) => [left[index]!.number, each] as const)])),
      );
      props.done();
    });
  const choose = (value: string) => {
    setJob(value);
    setSent([]);
    setOutcomes(new Map());
  };
  const replace = (lines: string) => {
    setText(lines);
    setSent([]);
    setOutcomes(new Map());
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files[0]);
  };
  return (
    <Dialog title={`${what[0]!.toUpperCase()}${what.slice(1)} from CSV`} onClose={props.onClose} wide>
      <Form onSubmit={submit}>
        {what === "associations" && (
          <SelectField label="What to do" value={job} onInput={choose} options={JOBS} />
        )}
        <div
          class={over ? "drop over" : "drop"}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <Field label="Lines" hint={`Columns: ${COLUMNS[what].join(", ")}. Drop a file here, or paste.`}>
            {(ids) => (
              <textarea
                {...ids}
                rows={6}
                dir="auto"
                spellcheck={false}
                value={text}
                placeholder={EXAMPLES[what]}
                onInput={(event) => replace(event.currentTarget.value)}
              />
            )}
          </Field>
          <label class="file">
            <input
              type="file"
              accept=".csv,.txt,.tsv,text/csv"
              aria-label="CSV file"
              onInput={(event) => void take(event.currentTarget.files?.[0])}
            />
          </label>
        </div>
        {problem && <Notice tone="bad">{problem}</Notice>}
        {lines.length > 0 && (
          <p aria-live="polite">
            <Badge tone="good">{counted(good.length, "line")} ready</Badge>{" "}
            {bad > 0 && <Badge tone="bad">{counted(bad, "line")} with a problem, left out</Badge>}
          </p>
        )}
        {!finished && lines.length > 0 && <Preview lines={lines} what={what} />}
        {busy && <Progress done={outcomes.size} total={sent.length} label="Lines sent" />}
        <Problem error={error} />
        {finished && <Report sent={sent} outcomes={outcomes} />}
        <footer>
          <Button onClick={props.onClose}>{finished ? "Close" : "Cancel"}</Button>
          {!(finished && left.length === 0) && (
            <Button type="submit" look="primary" busy={busy} disabled={left.length === 0}>
              Send {counted(left.length, "line")}
              {finished && " again"}
            </Button>
          )}
        </footer>
      </Form>
    </Dialog>
  );
}

/** The lines that have a problem first: they are what a person has to look at. */
function Preview({ lines, what }: { lines: Line[]; what: What }) {
  const ordered = [...lines].sort((a, b) => Number(b.problems.length > 0) - Number(a.problems.length > 0));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Preview of the lines">
      <table class="table dense">
        <thead>
          <tr>
            <th scope="col">Line</th>
            {COLUMNS[what].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          {ordered.slice(0, SHOWN).map((line) => (
            <tr key={line.number} class={line.problems.length ? "bad" : undefined}>
              <td>{count(line.number)}</td>
              {COLUMNS[what].map((name) => (
                <td key={name}>
                  <Id value={line.values[name] ?? ""} />
                </td>
              ))}
              <td>{line.problems.join("; ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > SHOWN && <p class="small">The first {SHOWN} of {count(lines.length)} lines.</p>}
    </div>
  );
}

function Report({ sent, outcomes }: { sent: Line[]; outcomes: Outcomes }) {
  const failed = sent.filter((line) => !isDone(line, outcomes));
  const reason = (line: Line) => outcomes.get(line.number)?.text ?? "not sent";
  const rows = failed.map((line) => ({ ...line.values, problem: reason(line) }));
  const save = () => {
    const url = URL.createObjectURL(new Blob([write(rows)], { type: "text/csv" }));
    const anchor = Object.assign(document.createElement("a"), { href: url, download: "failed.csv" });
    anchor.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Notice tone={failed.length ? "warn" : "good"}>
      <p>
        {counted(sent.length - failed.length, "line")} done
        {failed.length > 0 && `, ${counted(failed.length, "line")} failed`}.
      </p>
      <ul>
        {failed.slice(0, 10).map((line) => (
          <li key={line.number}>
            Line {count(line.number)}: {reason(line)}
          </li>
        ))}
      </ul>
      {failed.length > 0 && <Button onClick={save}>Save the failed lines</Button>}
    </Notice>
  );
}
