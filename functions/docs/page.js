// Shows the operations of openapi.json, ready to be tried on the API that serves this page.
"use strict";

// A person may give the key alone: the word before it is the same for everybody.
function withScheme(request) {
  const given = request.headers.Authorization;
  if (given && !/^app\s/i.test(given)) {
    request.headers.Authorization = `App ${given}`;
  }
  return request;
}

// What a value must not be has no form of its own in Swagger UI: it would call the whole type "never".
function withoutNot(part) {
  if (Array.isArray(part)) return part.map(withoutNot);
  if (part === null || typeof part !== "object") return part;
  const kept = Object.entries(part).filter(([name, value]) => name !== "not" || !value?.enum);
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutNot(value)]));
}

// The key stays in this tab until it is closed, or until its owner logs out.
const STORED = "docs.authorization";
const KEPT = {
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (authorize) => (given) => {
          sessionStorage.setItem(STORED, JSON.stringify(given));
          return authorize(given);
        },
        logout: (logout) => (given) => {
          sessionStorage.removeItem(STORED);
          return logout(given);
        },
      },
    },
  },
};

// The search box finds operations by path, summary and description, not by their group alone.
const SEARCH = {
  fn: {
    opsFilter: (groups, phrase) => {
      const wanted = phrase.toLowerCase();
      const matches = (found) =>
        [found.get("path"), found.getIn(["operation", "summary"]), found.getIn(["operation", "description"])]
          .join(" ")
          .toLowerCase()
          .includes(wanted);
      return groups
        .map((group) => group.update("operations", (operations) => operations.filter(matches)))
        .filter((group) => group.get("operations").size > 0);
    },
  },
};

// The API has the same address as this page, stage and base path included; the document cannot know it.
const HERE = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (document) =>
          update({ ...withoutNot(document), servers: [{ url: new URL(".", location.href).pathname }] }),
      },
    },
  },
};

const page = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  onComplete: () => {
    const kept = sessionStorage.getItem(STORED);
    if (kept) page.authActions.authorize(JSON.parse(kept));
  },
  persistAuthorization: false,
  plugins: [() => HERE, () => KEPT, () => SEARCH],
  requestInterceptor: withScheme,
  tryItOutEnabled: true,
});
