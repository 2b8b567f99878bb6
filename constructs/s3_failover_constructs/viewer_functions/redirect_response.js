// CloudFront Function, runtime 2.0, on viewer responses: objects that redirect on an S3 website do so here, too.
function handler(event) {
  const response = event.response;
  const target = response.headers['x-amz-website-redirect-location'];
  if (target && response.statusCode === 200) {
    response.statusCode = 301;
    response.statusDescription = 'Moved Permanently';
    response.headers = { location: { value: target.value } };
  }
  return response;
}
