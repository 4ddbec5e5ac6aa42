// The small parts that all pages are made of.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError, advice } from "../api";
import { ago, at, count, visible } from "../format";
import { Icon, type IconName } from "./icon";

type ButtonProps = Omit<JSX.IntrinsicElements["button"], "icon"> & {
  look?: "primary" | "danger" | "quiet";
  icon?: IconName;
  busy?: boolean;
};

export function Button({ look, icon, busy, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${look ?? ""}`}
      disabled={busy || rest.disabled}
      aria-busy={busy ? "true" : undefined}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton(props: {
  href: string;
  look?: "primary" | "quiet";
  icon?: IconName;
  children: ComponentChildren;
}) {
  return (
    <a class={`button ${props.look ?? ""}`} href={props.href}>
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </a>
  );
}

/** An id or name of any script: shown as text, never as markup, in its own direction. */
export function Id({ value, whole }: { value: string; whole?: boolean }) {
  const text = visible(value);
  return (
    <bdi class={whole ? "id whole" : "id"} title={whole ? undefined : text}>
      {text}
    </bdi>
  );
}

export function IdLink({ value, href }: { value: string; href: string }) {
  return (
    <a href={href} class="id-link">
      <Id value={value} />
    </a>
  );
}

export function Time({ value }: { value: string }) {
  return (
    <time dateTime={value} title={at(value)}>
      {ago(value)}
    </time>
  );
}

export function Num({ value }: { value: number | null | undefined }) {
  return <span class="number">{value == null ? "–" : count(value)}</span>;
}

export type Tone = "neutral" | "good" | "bad" | "busy" | "warn";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Card(props: {
  title?: ComponentChildren;
  action?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <section class={`card ${props.class ?? ""}`}>
      {props.title && (
        <header class="card-head">
          <h2>{props.title}</h2>
          {props.action}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function Page(props: {
  title: ComponentChildren;
  lead?: ComponentChildren;
  back?: { href: string; label: string };
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <>
      <header class="page-head">
        <div class="page-title">
          {props.back && (
            <a class="back" href={props.back.href}>
              <Icon name="previous" />
              {props.back.label}
            </a>
          )}
          <h1>{props.title}</h1>
          {props.lead && <p class="lead">{props.lead}</p>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </>
  );
}

/** What a list shows while it has nothing: what would be here, and how it comes here. */
export function Empty(props: {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={props.icon} />
      </span>
      <p class="empty-title">{props.title}</p>
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** An error: what happened, what to do about it, and the request that support can look up. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : null;
  const problems = Object.entries(known?.problems ?? {});
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p>
          {known && known.status !== 409 && known.status !== 0 && <b>{known.text.replace(/\.$/, "")}. </b>}
          {advice(error)}
        </p>
        {problems.length > 0 && (
          <ul>
            {problems.map(([member, messages]) => (
              <li key={member}>
                <code>{member}</code> {messages.join(", ")}
              </li>
            ))}
          </ul>
        )}
        {known?.requestId && known.status >= 500 && <p class="small">Request {known.requestId}</p>}
        {retry && (
          <Button look="quiet" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

export function Notice({ tone = "neutral", children }: { tone?: Tone; children: ComponentChildren }) {
  return <div class={`notice ${tone}`}>{children}</div>;
}

export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="bone" />
      ))}
    </div>
  );
}

export function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <Button look="quiet" icon={copied ? "check" : "copy"} onClick={copy}>
      {copied ? "Copied" : "Copy"}
    </Button>
  );
}
