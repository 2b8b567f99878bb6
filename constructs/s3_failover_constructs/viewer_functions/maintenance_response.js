// CloudFront Function, runtime 2.0, on viewer responses during maintenance: the page is there, the site is not.
function handler(event) {
  const response = event.response;
  response.statusCode = 503;
  response.statusDescription = 'Service Unavailable';
  response.headers['cache-control'] = { value: 'no-store' };
  response.headers['retry-after'] = { value: '600' };
  return response;
}
