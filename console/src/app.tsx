// The frame of all pages: navigation, the session, and which page the address names.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, body } from "./api";
import { AccountPage } from "./pages/account";
import { AssociationsPage } from "./pages/associations";
import { AuditPage } from "./pages/audit";
import { KeysPage } from "./pages/keys";
import { LookupPage } from "./pages/lookup";
import { OperationPage } from "./pages/operation";
import { OperationsPage } from "./pages/operations";
import { OverviewPage } from "./pages/overview";
import { ParentPage } from "./pages/parent";
import { ParentsPage } from "./pages/parents";
import { SendersPage } from "./pages/senders";
import { SignIn } from "./pages/signin";
import { APPLICATION, ENTITY } from "./parents";
import { href, useRoute, type Route } from "./router";
import { begin, end, ended, rights, session, storedKey, type Rights } from "./session";
import { useShortcuts, ShortcutHelp } from "./shortcuts";
import { useStore } from "./store";
import { nextTheme, theme } from "./theme";
import { Button, Empty, LinkButton, Loading, Page } from "./ui/basics";
import { Dialog } from "./ui/dialog";
import { Icon, type IconName } from "./ui/icon";

interface Place {
  name: string;
  label: string;
  icon: IconName;
  open: (can: Rights) => boolean;
  page: (route: Route) => ComponentChildren;
}

const reads = (can: Rights) => can.read;

export const PLACES: Place[] = [
  { name: "overview", label: "Overview", icon: "overview", open: reads, page: () => <OverviewPage /> },
  {
    name: "applications",
    label: "Applications",
    icon: "applications",
    open: reads,
    page: ({ path }) =>
      path[1] === undefined ? (
        <ParentsPage kind={APPLICATION} key="applications" />
      ) : (
        <ParentPage kind={APPLICATION} id={path[1]} key={path[1]} />
      ),
  },
  {
    name: "entities",
    label: "Entities",
    icon: "entities",
    open: reads,
    page: ({ path }) =>
      path[1] === undefined ? (
        <ParentsPage kind={ENTITY} key="entities" />
      ) : (
        <ParentPage kind={ENTITY} id={path[1]} key={path[1]} />
      ),
  },
  {
    name: "associations",
    label: "Associations",
    icon: "associations",
    open: reads,
    page: () => <AssociationsPage />,
  },
  { name: "lookup", label: "Look-up", icon: "lookup", open: reads, page: () => <LookupPage /> },
  {
    name: "senders",
    label: "Senders",
    icon: "senders",
    open: (can) => can.read || can.sending,
    page: () => <SendersPage />,
  },
  {
    name: "operations",
    label: "Operations",
    icon: "operations",
    open: reads,
    page: ({ path }) =>
      path[1] === undefined ? <OperationsPage /> : <OperationPage id={path[1]} key={path[1]} />,
  },
  { name: "audit", label: "Audit", icon: "audit", open: (can) => can.manage, page: () => <AuditPage /> },
  { name: "keys", label: "API keys", icon: "keys", open: (can) => can.keys, page: () => <KeysPage /> },
  {
    name: "account",
    label: "Limits & settings",
    icon: "account",
    open: reads,
    page: () => <AccountPage />,
  },
];

export function App() {
  const signedIn = useStore(session);
  const hasEnded = useStore(ended);
  const [resuming, setResuming] = useState(storedKey() !== null);
  useEffect(() => {
    const key = storedKey();
    if (key === null) return;
    const headers = { Authorization: `App ${key}` };
    body(api.GET("/provisioning/1/current-api-key", { headers }))
      .then((self) => begin(key, self), end)
      .finally(() => setResuming(false));
  }, []);
  if (resuming) return <Loading />;
  if (!signedIn) return <SignIn />;
  return (
    <>
      <Frame can={rights(signedIn.self)} />
      {hasEnded && (
        <Dialog title="The session has ended" onClose={end} locked>
          <p class="lead">
            The key is no longer valid. Sign in with another one to go on; what is on the page stays.
          </p>
          <SignIn inside />
          <p class="small">
            Or <Button look="quiet" onClick={end}>sign out</Button> and lose unsaved input.
          </p>
        </Dialog>
      )}
    </>
  );
}

function Frame({ can }: { can: Rights }) {
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const help = useShortcuts();
  const places = PLACES.filter((place) => place.open(can));
  const name = route.path[0] ?? places[0]?.name ?? "";
  const place = places.find((candidate) => candidate.name === name);
  useEffect(() => {
    setOpen(false);
    document.title = `${place?.label ?? "Not found"} · Console`;
    window.scrollTo(0, 0);
  }, [name, route.path[1]]);
  return (
    <div class={open ? "frame open" : "frame"}>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="topbar">
        <button
          type="button"
          class="icon-button"
          aria-label="Menu"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "close" : "menu"} />
        </button>
        <Brand />
      </header>
      <aside class="sidebar">
        <Brand />
        <nav aria-label="Sections">
          {places.map((each) => (
            <a
              key={each.name}
              href={href([each.name])}
              aria-current={each.name === name ? "page" : undefined}
              onClick={() => setOpen(false)}
            >
              <Icon name={each.icon} />
              {each.label}
            </a>
          ))}
        </nav>
        <Account help={() => help.setShown(true)} />
      </aside>
      <main id="main" tabIndex={-1}>
        {place ? place.page(route) : <Unknown places={places} />}
      </main>
      {help.shown && <ShortcutHelp places={places} onClose={() => help.setShown(false)} />}
    </div>
  );
}

/** The fragment holds the route, so the link must not change it. */
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Brand() {
  return (
    <a class="brand" href={href(["overview"])}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 7.5L12 4l8 3.5-8 3.5zM4 12l8 3.5 8-3.5M4 16.5L12 20l8-3.5" />
      </svg>
      <span>Console</span>
    </a>
  );
}

function Account({ help }: { help: () => void }) {
  const signedIn = useStore(session);
  const shade = useStore(theme);
  if (!signedIn) return null;
  const { self } = signedIn;
  const can = rights(self);
  return (
    <div class="account">
      <p class="account-name">
        <Icon name="keys" />
        <span>
          <bdi>{self.name ?? self.start ?? "Unnamed key"}</bdi>
          <small>
            {may(can)}
            {can.restricted && ", restricted"}
          </small>
        </span>
      </p>
      <div class="account-actions">
        <button type="button" class="icon-button" aria-label={`Theme: ${shade}`} title={`Theme: ${shade}`} onClick={nextTheme}>
          <Icon name="sun" />
        </button>
        <button type="button" class="icon-button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={help}>
          <kbd>?</kbd>
        </button>
        <a class="quiet-link" href="docs">
          API
        </a>
        <Button look="quiet" onClick={end}>
          Sign out
        </Button>
      </div>
    </div>
  );
}

function may(can: Rights): string {
  if (can.manage) return "Reads and changes";
  if (can.read) return "Reads only";
  return can.keys ? "Manages keys" : "Manages senders";
}

function Unknown({ places }: { places: Place[] }) {
  const first = places[0];
  return (
    <Page title="Not found">
      <Empty
        icon="lookup"
        title="There is no such page"
        action={first && <LinkButton href={href([first.name])}>Go to {first.label}</LinkButton>}
      >
        The address leads nowhere, or the key that signed in may not see this page.
      </Empty>
    </Page>
  );
}
