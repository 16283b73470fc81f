// A real OpenID Connect provider (npm: oidc-provider), as CI platforms and companies run one.
//
// It is told by one line of JSON on its standard input:
//   port      where to listen on 127.0.0.1
//   jwks      its private keys, as a JWKS document
//   clients   its clients, in the provider's own words
//   lifetime  how long its access tokens live, in seconds
//   claims    what else access tokens say, by client id
//   accounts  what ID tokens say of people, by account id
// A client with client_credentials gets JWTs for the resource that it names.
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [line] = await new Promise((resolve) => {
  createInterface({ input: process.stdin }).once('line', (text) => resolve([text]));
});
const { port, jwks, clients, lifetime, claims = {}, accounts = {} } = JSON.parse(line);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  jwks,
  clients,
  cookies: { keys: ['not a secret: tests only'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  conformIdTokenClaims: false,
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
  // What the platform knows of a job, beside whom the token is for.
  extraTokenClaims: (context, token) => claims[token.clientId],
  ttl: { ClientCredentials: lifetime, AccessToken: lifetime, IdToken: lifetime },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (context, resource) => ({
        scope: 'ci',
        audience: resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
provider.on('server_error', (context, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.log(`ready ${issuer}`));
