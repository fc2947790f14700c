// validatorUrl is null because the default one is a server of others that would be told about this page.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
});
