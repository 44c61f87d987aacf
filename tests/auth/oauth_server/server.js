// A real OAuth server on 127.0.0.1 for the tests: rotation with reuse detection, PKCE, device flow.
// node server.js ACCESS_TOKEN_SECONDS; prints its address, then serves. GET /__log is its own record of token calls.
import http from 'node:http';
import Provider from 'oidc-provider';

const lifetime = Number(process.argv[2] || 60);
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const calls = [];
let provider;

const server = http.createServer((request, response) => {
  if (request.url === '/__log') return response.end(JSON.stringify(calls));
  if (request.url.startsWith('/token')) {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    response.on('close', () => calls.push({ // also where nobody waits for the answer any more
      at: Date.now(), status: response.statusCode, grant_type: new URLSearchParams(body).get('grant_type'),
      is_taken: response.writableFinished,
    }));
  }
  return provider.callback()(request, response);
});

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'notebook',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', DEVICE],
      },
      ...['client_secret_basic', 'client_secret_post'].map((way) => ({
        client_id: `${way} a:b`,
        client_secret: 's%3A+t&r=e/t: x',
        token_endpoint_auth_method: way,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      })),
    ],
    scopes: ['openid', 'offline_access', 'read'],
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
    },
    ttl: {
      AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 3600, Grant: 3600, Session: 3600,
      Interaction: 600, AuthorizationCode: 60, IdToken: 60, DeviceCode: 120,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    cookies: { keys: ['test'] },
  });
  console.log(issuer);
});
