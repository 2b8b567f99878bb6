// CloudFront Function, runtime 2.0, on viewer requests. SETTINGS is prepended on deploy: see __init__.py.
function handler(event) {
  const request = event.request;
  if (isBarred(request.headers)) {
    const text = { 'content-type': { value: 'text/plain; charset=utf-8' } };
    return { statusCode: 403, statusDescription: 'Forbidden', headers: text, body: 'Not available in your country.' };
  }
  if (request.method === 'OPTIONS') {
    return preflight(request.headers);
  }
  if (SETTINGS.maintenancePage) {
    request.uri = '/' + SETTINGS.maintenancePage;
    return request;
  }
  return SETTINGS.singlePageApp ? routed(request) : indexed(request);
}

function isBarred(headers) {
  const country = valueOf(headers, 'cloudfront-viewer-country');
  if (SETTINGS.allowedCountries.length > 0) {
    return SETTINGS.allowedCountries.indexOf(country) < 0;
  }
  return SETTINGS.deniedCountries.indexOf(country) >= 0;
}

function preflight(headers) {
  const origin = valueOf(headers, 'origin');
  const any = SETTINGS.corsOrigins.indexOf('*') >= 0;
  if (!any && SETTINGS.corsOrigins.indexOf(origin) < 0) {
    return { statusCode: 403, statusDescription: 'Forbidden' };
  }
  const answer = {
    'access-control-allow-origin': { value: any ? '*' : origin },
    'access-control-allow-methods': { value: 'GET, HEAD' },
    'access-control-max-age': { value: '3600' },
  };
  const wanted = valueOf(headers, 'access-control-request-headers');
  if (wanted) {
    answer['access-control-allow-headers'] = { value: wanted };
  }
  return { statusCode: 204, statusDescription: 'No Content', headers: answer };
}

// A route is every path whose last part has no dot: the app answers it. The rest are files.
function routed(request) {
  if (!lastPart(request.uri).includes('.')) {
    request.uri = '/' + SETTINGS.index;
  }
  return request;
}

function indexed(request) {
  const last = lastPart(request.uri);
  if (last === '' && SETTINGS.directories !== 'off') {
    request.uri += SETTINGS.index;
  } else if (!last.includes('.') && last !== '' && SETTINGS.directories === 'redirect') {
    // Two slashes at the beginning would name another host, and so would what a browser reads as two.
    const path = plain(request.uri.replace(/^[/\\\x00-\x20\x7f]+/, ''));
    const location = (path ? '/' + path + '/' : '/') + queryOf(request.querystring);
    return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: location } } };
  }
  return request;
}

// Browsers drop tabs and line breaks from a location, and take a backslash for a slash.
function plain(text) {
  return text.replace(/[\x00-\x20\\\x7f]/g, encodeURIComponent);
}

function queryOf(parameters) {
  const pairs = [];
  for (const name in parameters) {
    const values = parameters[name].multiValue || [parameters[name]];
    values.forEach((each) => pairs.push(plain(name + '=' + each.value)));
  }
  return pairs.length > 0 ? '?' + pairs.join('&') : '';
}

// What follows the last slash, which may be percent-encoded: S3 decodes the path before it looks at it.
function lastPart(uri) {
  return uri.split(/\/|%2f/i).pop();
}

function valueOf(headers, name) {
  return headers[name] ? headers[name].value : '';
}
