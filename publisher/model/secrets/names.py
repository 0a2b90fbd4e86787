"""The names under which people keep credentials: of variables, options, parameters, settings, files.

One table of words. A name is split into words (`db_pass`, `clientSecret`, `AWS_SECRET_ACCESS_KEY`), and its last
words decide. This module does not look at values.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

#: Last words, and two last words together, that name a credential.
_SECRET = frozenset(
    """
    password passwords passwd passwort passphrase passcode pwd pw pass userpass secret secrets
    credential credentials creds cred apikey apikeys apisecret apitoken accesskey accesskeyid secretkey
    privatekey authkey accountkey sharedkey sharedaccesskey storagekey masterkey signingkey
    encryptionkey encryptkey clientkey licensekey licencekey subscriptionkey deploykey sshkey sessionkey
    sessiontoken accesstoken accesstokens authtoken authtokens refreshtoken bearertoken token webhook
    webhooks webhookurl webhookuri hookurl auth authorization bearer jwt cookie setcookie
    connectionstring connectionstr connstring connstr mnemonic seedphrase
    """.split()
)  # fmt: skip
_GLUED = ("password", "passwd", "passphrase", "apikey", "secretkey", "privatekey", "accesskey", "authtoken")
_STRONG = frozenset(
    "password passwd passphrase secret credential credentials apikey accesskey privatekey token".split()
)

#: Words before `token`, `pass` and `key` with which these name something else.
_NO_TOKEN = frozenset(
    """
    pad padding eos bos unk sep cls mask masked special next prev previous start end first last stop
    begin image img video audio vocab added add per num n max min new additional target source sub word
    text ignore decoder encoder prompt blank dummy system assistant think eot eop eod eom fim prefix
    suffix middle each avg mean total current input output patch class register distill dist time pos
    position single is by char line forced separator speech language lang task sentinel key boi eoi null
    no empty placeholder
    """.split()
)  # fmt: skip
_NO_PASS = frozenset(
    """
    low high band all first second third final last forward backward single multi one two n num by com
    max min each per this render depth compiler loop current next pre post second ask optimization sur
    tres over under encom
    """.split()
)  # fmt: skip
_KEYS = frozenset(
    """
    api access secret private auth encryption encrypt signing master license licence account storage
    shared subscription deploy ssh gpg pgp aes rsa hmac jwt app application client consumer webhook
    admin stripe wandb openai anthropic comet neptune hf huggingface google gcp aws azure github gitlab
    slack sendgrid mailgun twilio datadog dd sentry mapbox npm pypi digitalocean do heroku vault fernet
    django flask mistral cohere groq deepseek serpapi tavily pinecone zenodo bot service root
    """.split()
)  # fmt: skip
_NO_KEYS = frozenset(
    """
    sort primary foreign group partition cache join dict index row column col order hash map public
    lookup unique random rng prng seed hot data object field config state param parameter metric feature
    label json yaml section time target source image text input output value name sub left right up down
    enter escape shift control any other main new old next first last search registry query tree node
    item entry record run step model task split batch x y z hdf h5 zarr attention attn value k v q is
    has no min max best score loss id candidate natural composite
    """.split()
)  # fmt: skip

#: Last words that say of which of several, and in what form, a credential is.
_SUFFIXES = frozenset(
    """
    prod production dev development staging stage test testing live default base value val string str
    text b64 base64 raw plain current old new backup main secondary readonly ro rw data alt tmp local
    remote confirm confirmation again repeat header
    """.split()
)  # fmt: skip
#: Last words with which a name says something about a credential, and does not hold it.
_ABOUT = frozenset(
    """
    file files path paths name names dir directory folder id ids length len size count min max hash
    policy field fields type types ttl expiry expires expiration expired timeout reset required prompt
    env version url uri endpoint host port server provider manager store helper method mode scheme
    algorithm alg kind format class index idx embedding embeddings embed embedder dim limit budget usage
    cost rate per mask ids position positions level location source status state ok error errors valid
    check checks enabled disabled set present sock agent issuer audience scope scopes user username
    email group grant request response message label title description help hint example tag icon color
    service command cmd cb callback func function fn generator parser reader writer list map dict
    counter type_ is
    """.split()
)  # fmt: skip
_DOES = frozenset(
    "allow allowed ignore mask detect show hide".split()
)  #: first words of what is done with one
_WEAK = frozenset("signature sig session sessionid sid otp totp pat nonce dsn hmac key".split())

PASSWORDS = ("password", "passwd", "passwort", "passphrase", "passcode", "pwd", "pass", "pw", "userpass")

_SECRET_FILE = r"""(?x)
    (?:.*/)?
    (?: \.env(?:\..*)? | .*\.env | .*\.(?:pem|key|p12|pfx|kdbx|jks|ppk|keytab)
      | id_(?:rsa|dsa|ecdsa|ed25519)(?:_\w+)? | \.netrc | _netrc | \.pgpass | \.my\.cnf | \.pypirc | \.npmrc
      | \.htpasswd | \.git-credentials | \.dockercfg | \.boto | \.s3cfg | \.vault[-_]token
      | \.?credentials(?:\..*)? | service[-_]account.*\.json | \.aws/config | \.docker/config\.json
      | kubeconfig(?:\..*)? | \.kube/config )
"""

_WORDS = r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE if pattern is _SECRET_FILE else 0)


def names_a_secret(name: str) -> bool:
    """Return whether people keep credentials under such a name: `password`, `db.api_key`, `--auth-token`."""
    return grade(name) == 2


def keeps_secrets(path: str) -> bool:
    """Return whether people keep credentials in such a file: `.env`, `id_rsa`, `server.pem`."""
    return _compiled(_SECRET_FILE).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def grade(name: str) -> int:
    """Grade how surely a name is that of a credential.

    Returns:
        2 for a credential; 1 if the value has to look random as well; 0 for anything else.
    """
    option = name.startswith("-")
    words = [each.lower() for each in _compiled(_WORDS).findall(name[-160:])]
    while len(words) > 1 and _says_which(words[-1]) and words[-2] + words[-1] not in _SECRET:
        words.pop()
    if not words or (len(words) > 1 and words[0] in _DOES):
        return 0
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "token":
        return 0 if before in _NO_TOKEN else 2
    if last in ("key", "keys") and before:
        if before in _KEYS and last == "key":
            return 2
        return 0 if before in _NO_KEYS else 1
    if last.endswith("pass") and last != "userpass":
        return 0 if (before if last == "pass" else last[:-4]) in _NO_PASS else 2
    if last in _SECRET or last.endswith(_GLUED) or before + last in _SECRET or "".join(words[-3:]) in _SECRET:
        return 2
    if last in _WEAK and (last != "key" or option):
        return 1
    if last in _ABOUT:
        return 0
    held = {*words[:-1], *(a + b for a, b in pairwise(words))}
    return 1 if held & _STRONG and "tokens" not in words else 0


def _says_which(word: str) -> bool:
    return word.isdigit() or word in _SUFFIXES or word == "v"


def is_of_passwords(name: str) -> bool:
    """Return whether a name is that of a password, which may be a word; a token never is."""
    return name.lower().rstrip("0123456789_-\"' ").endswith(PASSWORDS)
