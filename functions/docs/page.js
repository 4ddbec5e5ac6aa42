// Shows the operations of openapi.json, which is where the API itself is, ready to be tried.
"use strict";

// A person may give the key alone: the word before it is the same for everybody.
function withScheme(request) {
  const given = request.headers.Authorization;
  if (given && !/^app\s/i.test(given)) {
    request.headers.Authorization = `App ${given}`;
  }
  return request;
}

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  displayRequestDuration: true,
  requestInterceptor: withScheme,
  tryItOutEnabled: true,
});
