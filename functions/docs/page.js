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

// The API stands where this page stands, stage and base path included; the document cannot know it.
const HERE = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (document) =>
          update({ ...document, servers: [{ url: new URL(".", location.href).pathname }] }),
      },
    },
  },
};

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  displayRequestDuration: true,
  plugins: [() => HERE],
  requestInterceptor: withScheme,
  tryItOutEnabled: true,
});
