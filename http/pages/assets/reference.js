// No validator: it would send our document to another host.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
});
