"""Lines that scientists' programs print and that hold no credential, however much some look like one."""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Iterator

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
AMINO = "ACDEFGHIKLMNPQRSTVWY"

#: Lines made to provoke.
PROVOKING = """\
sk-learn-pipeline-gradient-boosting-regressor-v2
loaded sk-learn-extra-kmedoids-clustering-2023-v2 from cache
Bearer structures12345 were relaxed
the Bearer of the ring
hf_HartreeFockEnergyConvergenceThresholdLoop
hf_HartreeFock_energy=-76.0267
ftp://anonymous:guest@ftp.ncbi.nlm.nih.gov/genomes/all
ftp://anonymous:ada@example.org@ftp.ebi.ac.uk/pub
model://resnet:v2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
docker.io/library/python:3.11@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f9
MKTAKIAGHWPLQRSTVNEDKRAAYFDE
AKIAGHWPLQRSTVNEDKRA
ASIAFGHWPLQRSTVNEDKA
git@github.com:lab/code.git
ssh://git@github.com:22/lab/code
https://example.org:8080/a@b
https://medium.com/@ada/token-economics-101
mail ada@example.org: hello
mailto:ada.lovelace@example.org
token: 5
token=5
--token 3
model.secret=3
max_tokens=4096
n_tokens: 151643
tokens per second: 1843.2
pad_token: <|endoftext|>
eos_token=</s>
pad_token_id = 50256
bos_token: "<s>"
cls_token torch.Size([1, 1, 768])
tokenizer: gpt2-medium-v2-2023abc
TOKENIZERS_PARALLELISM=false
unexpected token: identifier
SyntaxError: unexpected token '}' at line 12
secret: none
password: null
password_required: true
password=${DB_PASSWORD}
token: ${{ secrets.GITHUB_TOKEN }}
api_key = os.environ["OPENAI_API_KEY"]
api_key=os.getenv("OPENAI_API_KEY", "")
password = getpass.getpass("Password: ")
token = self._token
auth: required
auth=ok
authorization: failed
Authorization: required
credentials: ~/.aws/credentials
GOOGLE_APPLICATION_CREDENTIALS=/home/ada/keys/lab.json
SSH_AUTH_SOCK=/tmp/ssh-XXXXabc123/agent.4242
ssl_key: server.key
key: 0x1f
sort_key=energy_per_atom_2
primary_key: run_id_2023a
cache_key=9f86d081884c7d659a2feaa0c55ad015
group_key: temperature_300K_run2
rng key: [0 42]
PRNGKey(0)
key=value
keys: a1, b2, c3
attention key value query
low_pass=0.25 high_pass: 0.5
pass: 1
pass 2 of 3
forward_pass_1: 0.12s
compass: N45E12
bypass=true
Password: must be at least 8 characters
the password is wrong
secret key not found
secret=masked
session: 12
session_id=4
signature: (float, int) -> float
signature mismatch
author: Ada Example
authors=3
hook: after_step
webhook: disabled
connection: open
connection string is empty
cookie: none
jwt: invalid
basic training of 8 networks
Basic Linear Algebra Subprograms
private_key_path=/etc/ssl/k.pem
token_embedding.weight 0.12 0.33
token_type_ids=[0, 0, 1]
secretary: 4
monkey: 12a34b56c78d
turkey=ab12cd34
keyword=ab12cd34ef56
passes: 12
passengers=12a
npm_lifecycle_event=test
npm_config_user_agent=npm/10.2.4 node/v20.11.0 linux x64
hf_model_name
SG.Sheet1
eyJ is how they begin
the file begins with -----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
-----BEGIN PGP SIGNATURE-----
user:group
google-auth==2.23.4
google-auth: 2.23.4
requests-auth 1.0.0rc2
pytest-secrets: 0.1.post1
authorized: 2026-11-28T12:00:00Z
docker run -u 1000:1000 image
mkdir -p build/out2
mysqlclient==2.2.1
ssh -p 2222 host
cp -p results1 results2
curl -o file1.txt https://example.org/x
zip -r out1.zip out
10:30@room2
xyz:1.0@lattice
at 12:30 ada@cluster: done
PWD=/lustre/work/ada/run1
OLDPWD=/lustre/work/ada
PASS: test-suite-1
--- PASS: TestFoo2 (0.00s)
pass: 12/12
api_key_env: WANDB_API_KEY
token: WANDB_API_KEY
key: abc
hashed with sha256 key 12
Session 12 started
auth module v2 loaded
secret sharing scheme t3 of n5
conn=12
token ring
tokens: a1 b2
password-protected zip
passband 12a
high-pass filter 0.5Hz
pw.x < scf.in > scf.out
Program PWSCF v.7.2 starts
keyword=abc
signal=12
significance: 0.05
assigned to 4x
design=12b
cookies=3
PATH=/usr/bin:/bin
SSH_CONNECTION=10.0.0.1 22 10.0.0.2 22
XAUTHORITY=/run/user/1000/.mutter-Xwaylandauth.ABC123
GPG_AGENT_INFO=/run/user/1000/gnupg/S.gpg-agent:0:1
DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus
XDG_SESSION_ID=c2
tokenization took 1.2s
next_token_logits: tensor(0.2)
class_token: 12a
token_emb=nn.Embedding(100)
KEY_UP pressed
Traceback: KeyError: 'password'
TypeError: login() got an unexpected keyword argument 'api_key'
argparse: error: --token is required
usage: prog [--token TOKEN] [--password PASSWORD] [--api-key KEY]
  --token TOKEN  the token of the service
  --password PASSWORD, -p PASSWORD
Enter password:
export TOKEN
user:password@host:path is the form
time: 12:30:45 a@b:c
ratio 3:4@5:6
see foo:bar@baz:qux
""".splitlines()


def lines(seed: int, count: int = 4500) -> Iterator[str]:
    """Digests, identifiers, sequences, names of checkpoints, numbers, and what else logs are full of."""
    rng = random.Random(seed)

    def draw(letters: str, number: int) -> str:
        return "".join(rng.choice(letters) for _ in range(number))

    makers = [
        lambda: f"{draw(HEX, 64)}  out/field_{rng.randint(0, 99)}.h5",
        lambda: f"sha256:{draw(HEX, 64)}",
        lambda: f"md5={draw(HEX, 32)} size={rng.randint(1, 10**9)}",
        lambda: f"commit {draw(HEX, 40)}",
        lambda: f"{draw(HEX, 7)} Merge branch 'fix-{rng.randint(1, 99)}'",
        lambda: str(uuid.UUID(int=rng.getrandbits(128))),
        lambda: f"run_id={uuid.UUID(int=rng.getrandbits(128))}",
        lambda: base64.b64encode(rng.randbytes(48)).decode(),
        lambda: f'"image/png": "{base64.b64encode(rng.randbytes(60)).decode()}"',
        lambda: draw("ACGT", 80),
        lambda: draw("ACGTACGTN-", 80),
        lambda: draw(AMINO, 60),
        lambda: f">sp|P{rng.randint(10000, 99999)}|NAME_HUMAN {draw(AMINO, 20)}",
        lambda: f"checkpoint-epoch={rng.randint(1, 99)}-val_loss={rng.random():.4f}.ckpt",
        lambda: f"model-{draw(ALNUM, 8)}-step{rng.randint(1, 10**6)}.safetensors",
        lambda: f"step={rng.randint(1, 10**6)} loss={rng.random():.6f} lr={rng.random():.2e} tokens={rng.randint(1, 10**7)}",
        lambda: " ".join(f"{rng.gauss(0, 1):.15e}" for _ in range(4)),
        lambda: f"energy: {rng.gauss(0, 1):.12f} Ha, key_0: {rng.random():.3f}",
        lambda: f"{rng.randint(1, 10**12)}",
        lambda: f"[{rng.randint(2000, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}T12:{rng.randint(0, 59):02d}:00Z] worker-{draw(HEX, 12)} done",
        lambda: f"https://doi.org/10.{rng.randint(1000, 9999)}/zenodo.{rng.randint(10**6, 10**8)}",
        lambda: f"s3://bucket-{draw(HEX, 6)}/part-{rng.randint(0, 999):05d}-{uuid.UUID(int=rng.getrandbits(128))}.parquet",
        lambda: f"transformer.layers.{rng.randint(0, 47)}.self_attn.k_proj.weight {draw(HEX, 16)}",
        lambda: f"pad_token_id={rng.randint(0, 200000)} eos_token=<|im_end|> max_tokens={rng.randint(1, 9999)}",
        lambda: f"swh:1:rev:{draw(HEX, 40)}",
        lambda: f"cache_key={draw(HEX, 32)} sort_key=col{rng.randint(1, 9)}",
        lambda: f"InChIKey={draw(string.ascii_uppercase, 14)}-{draw(string.ascii_uppercase, 10)}-N",
        lambda: f"/nix/store/{draw('0123456789abcdfghijklmnpqrsvwxyz', 32)}-python3-3.11.{rng.randint(0, 9)}",
        lambda: f"numpy-2.{rng.randint(0, 3)}.{rng.randint(0, 9)}-cp311-cp311-manylinux_2_17_x86_64.whl sha256={draw(HEX, 64)}",
        lambda: f"PMID:{rng.randint(10**6, 10**8)} {draw(string.ascii_letters, 12)} et al. {rng.randint(1990, 2026)}",
        lambda: f"SMILES: C{draw('CNO()=1c', 20)}",
        lambda: f"{draw(ALNUM, 24)}",
        lambda: f"seed: {rng.randint(0, 2**32)} token: {rng.randint(0, 9999)}",
    ]  # fmt: skip
    for number in range(count):
        yield makers[number % len(makers)]()
