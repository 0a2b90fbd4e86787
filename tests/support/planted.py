"""Credentials that nobody ever had, drawn from a seed, and the places where people leave them.

No credential stands here: each kind is a recipe, so that scanners of repositories find nothing in this one.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URL64 = ALNUM + "-_"
B64 = ALNUM + "+/"


@dataclass(frozen=True)
class Secret:
    """One credential, as people have it."""

    kind: str
    name: str  #: under which people keep it
    value: str  #: what must not be found again
    shown: str = ""  #: what is written where it is used; the value itself unless given
    form: bool = True  #: its form gives it away, whatever its name

    @property
    def text(self) -> str:
        """What a program prints, and people type."""
        return self.shown or self.value


def _drawn(rng: random.Random, letters: str, count: int) -> str:
    return "".join(rng.choice(letters) for _ in range(count))


def _password(rng: random.Random) -> str:
    """A word, digits and perhaps a sign, as people choose them: `orchid47!x`."""
    word = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3))
    return f"{word}{rng.randint(10, 99)}{rng.choice('!#+%x9')}{rng.choice(string.ascii_uppercase)}"


def _block(rng: random.Random, label: str, lines: int = 6) -> str:
    body = "\n".join(_drawn(rng, B64, 64) for _ in range(lines))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


def _jwt(rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = (
        base64.urlsafe_b64encode(f'{{"sub":"{rng.randint(10**8, 10**9)}","n":1}}'.encode())
        .decode()
        .rstrip("=")
    )
    return f"{head}.{body}.{_drawn(rng, URL64, 43)}"


def secrets(seed: int) -> list[Secret]:
    """One credential of each kind."""
    rng = random.Random(seed)

    def draw(letters: str, count: int) -> str:
        return _drawn(rng, letters, count)

    def password() -> str:
        return _password(rng)

    found = [
        Secret("AWS key id", "AWS_ACCESS_KEY_ID", "AK" + "IA" + draw(string.ascii_uppercase + "234567", 16)),
        Secret("AWS secret", "AWS_SECRET_ACCESS_KEY", draw(B64, 40), form=False),
        Secret("AWS session", "AWS_SESSION_TOKEN", "IQoJb3JpZ2lu" + draw(B64, 180), form=False),
        Secret("GitHub ghp", "GITHUB_TOKEN", "gh" + "p_" + draw(ALNUM, 36)),
        Secret("GitHub ghs", "GH_TOKEN", "gh" + "s_" + draw(ALNUM, 36)),
        Secret("GitHub pat", "GITHUB_PAT_TOKEN", "github" + "_pat_" + draw(ALNUM, 22) + "_" + draw(ALNUM, 59)),
        Secret("GitLab glpat", "GITLAB_TOKEN", "gl" + "pat-" + draw(URL64, 20)),
        Secret("GitLab gldt", "deploy_token", "gl" + "dt-" + draw(URL64, 20)),
        Secret("Slack bot", "SLACK_BOT_TOKEN", f"xo{'xb'}-{rng.randint(10**10, 10**11)}-{rng.randint(10**10, 10**11)}-{draw(ALNUM, 24)}"),
        (hook := Secret(
            "Slack webhook", "slack_webhook", f"T{draw(string.ascii_uppercase, 8)}/B{draw(string.ascii_uppercase, 8)}/{draw(ALNUM, 24)}"
        )) and Secret(hook.kind, hook.name, hook.value, "https://hooks.slack" + ".com/services/" + hook.value),
        Secret("OpenAI", "OPENAI_API_KEY", "sk-" + "proj-" + draw(URL64, 60)),
        Secret("Anthropic", "ANTHROPIC_API_KEY", "sk-" + "ant-api03-" + draw(URL64, 90)),
        Secret("Hugging Face", "HF_TOKEN", "hf" + "_" + draw(string.ascii_letters, 34)),
        Secret("Google key", "GOOGLE_API_KEY", "AI" + "za" + draw(URL64, 35)),
        Secret("Google OAuth", "google_oauth_token", "ya" + "29." + draw(URL64, 68)),
        Secret("Stripe live", "stripe_key", "sk_" + "live_" + draw(ALNUM, 24)),
        Secret("Stripe restricted", "STRIPE_API_KEY", "rk_" + "live_" + draw(ALNUM, 24)),
        Secret("SendGrid", "sendgrid_key", "SG" + "." + draw(URL64, 22) + "." + draw(URL64, 43)),
        Secret("npm", "npm_token", "npm" + "_" + draw(ALNUM, 36)),
        Secret("PyPI", "pypi_token", "py" + "pi-AgEIcHlwaS5vcmc" + draw(URL64, 80)),
        Secret("DigitalOcean", "do_token", "dop" + "_v1_" + draw(HEX, 64)),
        Secret("RSA key", "ssl_private_key", _block(rng, "RSA PRIV" + "ATE KEY")),
        Secret("OpenSSH key", "ssh_private_key", _block(rng, "OPENSSH PRIV" + "ATE KEY")),
        Secret("PGP key", "gpg_private_key", _block(rng, "PGP PRIV" + "ATE KEY BLOCK")),
        Secret("JWT", "session_token", _jwt(rng)),
        (bearer := draw(URL64, 40)) and Secret("bearer", "Authorization", bearer, f"Bearer {bearer}"),
        (basic := base64.b64encode(f"ada:{password()}".encode()).decode()) and Secret("docker Basic", "auth", basic, f"Basic {basic}"),
        (login := password()) and Secret("login in URL", "index_url", login, f"https://ada:{login}@pypi.example.org/simple"),
        (token := draw(ALNUM, 32)) and Secret("token in URL", "git_url", token, f"https://{token}@git.example.org/a.git"),
        (login := password() + "/" + draw(ALNUM, 6)) and Secret("URL with slash", "amqp_url", login, f"amqp://ada:{login}@mq.example.org/v"),
        (login := password()) and Secret("postgres", "DATABASE_URL", login, f"postgresql://ada:{login}@db.example.org:5432/lab"),
        (login := password()) and Secret("mongodb", "mongo_uri", login, f"mongodb+srv://ada:{login}@c0.example.net/lab"),
        (login := password()) and Secret("redis", "redis_url", login, f"redis://:{login}@cache.example.org:6379/0"),
        (key := draw(B64, 86) + "==") and Secret(
            "Azure connection", "connection_string", key,
            f"DefaultEndpointsProtocol=https;AccountName=lab;AccountKey={key};EndpointSuffix=core.windows.net",
        ),
        (key := draw(ALNUM, 43) + "%3D") and Secret(
            "Azure SAS", "sas_url", key, f"https://lab.blob.core.windows.net/c?sv=2022-11-02&ss=b&sig={key}&se=2027-01-01"
        ),
        (key := draw(HEX, 64)) and Secret(
            "presigned S3", "download_url", key, f"https://lab.s3.amazonaws.com/x.h5?X-Amz-Expires=3600&X-Amz-Signature={key}"
        ),
        Secret("W&B", "wandb_key", draw(HEX, 40), form=False),
        Secret("password", "password", password(), form=False),
        Secret("passphrase", "passphrase", f"{password()} {password()} staple", form=False),
        Secret("SECRET_KEY", "SECRET_KEY", "django-insecure-" + draw(ALNUM + "@#^*_-+=", 50), form=False),
        Secret("client secret", "client_secret", draw(URL64, 34) + "9a", form=False),
        Secret("db_pass", "db_pass", password(), form=False),
    ]  # fmt: skip
    assert len({each.kind for each in found}) == len(found)
    return found


def flag(secret: Secret) -> str:
    """The option under which a program is given it."""
    return "--" + secret.name.lower().replace("_", "-")


def one_line(secret: Secret) -> str:
    """Its text as it stands in one line: of a key in a block, with the line ends as JSON has them."""
    return secret.text.replace("\n", "\\n")


def tell_tales(secret: Secret) -> list[str]:
    """What of it must not be found: of a block, each line of the key."""
    if "-----BEGIN" in secret.value:
        return [line for line in secret.value.split("\n") if not line.startswith("-----")]
    parts = {secret.value, json.dumps(secret.value)[1:-1]}
    return [
        *parts,
        *(word for word in secret.value.split(" ") if len(secret.value.split(" ")) > 1 and len(word) > 7),
    ]


Place = Callable[[Secret], str]

#: Texts that a program writes or a person leaves, by the name of the place. In each its name gives it away.
LOGS: dict[str, Place] = {
    "natural line": lambda s: f"connecting with {s.name}={s.text}\n",
    "after a colon": lambda s: f"INFO  {s.name}: {s.text}\n",
    "environment dump": lambda s: f"HOME=/home/ada\n{s.name.upper()}={s.text}\nLANG=C\n",
    "JSON dump": lambda s: json.dumps({"n": 3, s.name: s.text, "z": 1}) + "\n",
    "pretty JSON": lambda s: json.dumps({"n": 3, s.name: s.text, "z": 1}, indent=2) + "\n",
    "JSON in JSON": lambda s: json.dumps({"body": json.dumps({s.name: s.text})}) + "\n",
    "repr of environ": lambda s: f"environ({ {'HOME': '/root', s.name.upper(): s.text, 'A': 'b'}!r})\n",
    "repr of items": lambda s: f"{[('HOME', '/root'), (s.name.upper(), s.text)]!r}\n",
    "repr of bytes": lambda s: f"{ {s.name.upper().encode(): s.text.encode()}!r}\n",
    "argv": lambda s: f"{['prog', flag(s), s.text, '-v']!r}\n",
    "coloured": lambda s: f"\x1b[1m{s.name}\x1b[0m\x1b[33m=\x1b[0m\x1b[32m{s.text}\x1b[0m\n",
    "shell trace": lambda s: f"+ prog {flag(s)} '{s.text}'\n",
    "table": lambda s: f"| {s.name} | {s.text} |\n",
    "query": lambda s: f"GET /v1?n=3&{s.name}={one_line(s).replace(' ', '+')}\n",
}
FILES: dict[str, Place] = {
    "conf.ini": lambda s: f"[s]\nn = 3\n{s.name} = {one_line(s)}\n",
    "conf.toml": lambda s: f"n = 3\n{s.name} = {json.dumps(s.text)}\n",
    "conf.yml": lambda s: (
        f"n: 3\nouter:\n  {s.name}: {json.dumps(s.text) if s.text != one_line(s) else s.text}\n"
    ),
    "job.sh": lambda s: f"#!/bin/sh\nexport {s.name}={one_line(s)}\n",
    "more.sh": lambda s: f'#!/bin/sh\nexport {s.name}="{one_line(s)}"\n',
    "use.py": lambda s: f"import os\n{s.name} = {s.text!r}\nprint(3)\n",
    "call.py": lambda s: f"connect({s.name}={s.text!r})\n",
    "kubeconfig": lambda s: f"users:\n- name: ada\n  user:\n    {s.name}: {one_line(s)}\n",
    "deploy.yml": lambda s: f"env:\n  - name: {s.name.upper()}\n    value: {json.dumps(s.text)}\n",
    "Dockerfile": lambda s: f"FROM a\nENV {s.name}={one_line(s)}\n",
    "settings.xml": lambda s: f"<a><{s.name}>{one_line(s)}</{s.name}></a>\n",
}


def special(password: str) -> Iterator[tuple[str, list[str]]]:
    """Commands that are given a password without a name that says so."""
    yield "curl -u", ["curl", "-u", f"ada:{password}", "https://x.example.org"]
    yield "curl -u glued", ["curl", f"-uada:{password}", "https://x.example.org"]
    yield "curl --user=", ["curl", f"--user=ada:{password}", "https://x.example.org"]
    yield "mysql -p", ["mysql", "-u", "ada", f"-p{password}", "lab"]
    yield "sshpass -p", ["sshpass", "-p", password, "ssh", "ada@h"]
    yield "scp", ["rsync", "-a", f"ada:{password}@cluster.example.org:/data/x", "."]
    yield "sh -c option", ["sh", "-c", f"prog --password {password} --n 3"]
    yield "sh -c variable", ["sh", "-c", f"export DB_PASS={password}; prog"]
    yield "sh -c curl", ["bash", "-c", f"curl -u ada:{password} https://x.example.org"]
    yield "sh -c mysql", ["bash", "-c", f"mysql -u ada -p{password} lab < q.sql"]
    yield "env", ["env", f"DB_PASS={password}", "prog"]
    yield "JSON", ["prog", json.dumps({"user": "ada", "password": password})]
    yield "header", ["curl", "-H", f"X-Api-Key: {password}", "https://x.example.org"]
    yield "header of a token", ["curl", "-H", f"Authorization: token {password}", "https://x.example.org"]
    yield "docker login", ["docker", "login", "-u", "ada", "-p", password, "r.example.org"]
    yield "redis-cli", ["redis-cli", "-a", password, "ping"]
    yield "openssl", ["openssl", "enc", "-pass", f"pass:{password}", "-in", "x"]
    yield "hydra", ["prog", f"+db.password={password}"]
    yield "zip", ["zip", "-P", password, "x.zip", "x"]
    yield "wget", ["wget", f"--password={password}", "ftp://x.example.org/y"]
    yield "python -c", ["python", "-c", f"import x; x.login('ada', password='{password}')"]


#: Lines in which `{}` stands where a password is.
LINES = """\
PGPASSWORD={} psql -h h
mysql://root:p@ss:{}@host/db
machine api.x login ada password {}
sshpass -p '{}' ssh h
set DB_PASS={}
$env:DB_PASS="{}"
$Env:API_KEY = '{}'
java -Dspring.datasource.password={} -jar x
helm install --set db.password={} x
docker run -e DB_PASS={} x
//registry.npmjs.org/:_authToken={}
Sys.setenv(DB_PASS = "{}")
password <- "{}"
(setq password "{}")
db = {password = "{}"}
Config(user='a', password='{}', token=None)
spring.datasource.password: {}
- DB_PASS={}
'Cookie': 'session={}'
X-Auth-Token: {}
PRIVATE-TOKEN: {}
https://h/#access_token={}1234abcd
INFO: login with password '{}' ok
the password is {}.
password:{}
password={},user=ada
password={};user=ada
"password" : "{}"
password => '{}'
<add key="Password" value="{}"/>
<property name="password" value="{}"/>
password%3D{}
jdbc:sqlserver://h:1433;user=sa;password={};x=1
conn = psycopg2.connect("dbname=a user=b password={}")
os.environ["DB_PASS"] = "{}"
env['API_TOKEN']='{}'
passwords: ["{}"]
smtp_password="{}"
DB_PASSWORD_PROD={}
db.password.value={}
login(password='{}')
[password: {}]
(password={})
curl --user ada:{} https://h
curl -sSu ada:{} https://h
wget --user=ada --password={} h
ftp://ada:{}@h/x
smb://dom;ada:{}@h/x
ada:{}@h.example.org:/x
AccountKey={}abcdefghijklmnop==
api_key {}
api-key={}
APIKEY={}
ApiKey {}
Authorization: ApiKey {}
authorization=Bearer {}
DB_PASS	{}
DB_PASS="{}
password: !!str {}
password: &anchor {}
passwd={}
secret_access_key: {}
""".splitlines()
