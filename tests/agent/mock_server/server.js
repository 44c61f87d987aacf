// oauth2-mock-server with answers to be forced: POST /__next takes a list of {status, body, type, delay_ms}, one for each
// token request to come; when the list is empty it answers well. GET /__count says how many token requests came.
import http from 'node:http';
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
const inner = server.address().port;
let forced = [];
let count = 0;

const outer = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', async () => {
    if (request.url === '/__next') { forced = JSON.parse(body); return response.end(); }
    if (request.url === '/__count') return response.end(String(count));
    if (request.url.startsWith('/token')) {
      count += 1;
      const next = forced.shift();
      if (next) {
        setTimeout(() => {
          response.writeHead(next.status ?? 200, { 'content-type': next.type ?? 'application/json' });
          response.end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body));
        }, next.delay_ms ?? 0);
        return;
      }
    }
    const answer = await fetch(`http://127.0.0.1:${inner}${request.url}`, {
      method: request.method, headers: { 'content-type': request.headers['content-type'] ?? '' },
      body: request.method === 'GET' ? undefined : body, redirect: 'manual',
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
});
outer.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${outer.address().port}`));
