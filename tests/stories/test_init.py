"""A first services.yaml of what runs already: nothing secret in it, and nothing to do."""

from __future__ import annotations

import base64
import json
import secrets
import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli
from reconciler.errors import ReconcileError
from reconciler.sandbox.entries import FILES
from reconciler.sandbox.scenarios.fleet import add_fleet
from tests.stories.test_terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.conftest import Project

CLEAN = "No changes. Render matches services.yaml."


def token(prefix: str = "") -> str:
    return prefix + secrets.token_hex(20)


def supabase_key(role: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": "supabase", "role": role, "ref": secrets.token_hex(10)})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, secrets.token_urlsafe(32)])


def expect_nothing_to_do(project: Project) -> None:
    validated = project.reconcile("validate")
    assert (validated.code, validated.err) == (0, "")
    planned = project.reconcile("plan", "--detailed-exitcode")
    assert (planned.code, planned.err) == (0, "")
    assert CLEAN in planned.out.splitlines(), planned.out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(*arguments: str) -> ReconcileError:
    """The error that init ends with, in this very process: there are many of them."""
    done = CliRunner().invoke(cli, ["init", *arguments], prog_name="reconcile")
    assert isinstance(done.exception, ReconcileError), done
    assert done.exception.exit_code == 1
    assert done.stdout == ""
    return done.exception


@pytest.fixture
def company(project: Project) -> dict[str, str]:
    """A workspace as companies have them: names that tell, names that do not, a project, groups, files."""
    owner = project.sandbox.owner_id
    held: dict[str, str] = {}
    for environment in ("staging", "production"):
        values = {
            "DATABASE_URL": f"postgresql://app:{token()}@db-{environment}.example.com:5432/app",
            "REDIS_URL": f"rediss://:{token()}@cache.example.com:6379",
            "SUPABASE_KEY": supabase_key("service_role"),
            "OPENAI_API_KEY": token("sk-"),
            "PUBLIC_URL": f"https://{token()}.example.com",
            "WORKERS": "4",
            "DEBUG": "false",
            "NOTE": f"words and {token()}",
        }
        held |= {f"{environment}/{key}": value for key, value in values.items()}
        only = {"SENTRY_DSN": f"https://{token()}@sentry.example.com/1"} if environment == "production" else {}
        api = project.service(f"api-{environment}", {**values, **only}, kind="web_service")
        worker = {key: values[key] for key in ("DATABASE_URL", "REDIS_URL")}
        project.service(f"worker-{environment}", {**worker, "WORKERS": "many"})
        project.api("PUT", f"/services/{api}/secret-files/account.json", {"content": json.dumps({"key": token()})})
        pairs = [{"key": "OTEL_ENDPOINT", "value": f"https://{token()}.example.com"}, {"key": "DEBUG", "value": "true"}]
        body = {"name": f"observability-{environment}", "ownerId": owner, "envVars": pairs, "serviceIds": [api]}
        project.api("POST", "/env-groups", body)
    environments = [{"name": "Staging"}, {"name": "EU"}]
    made = project.api("POST", "/projects", {"name": "Mail", "ownerId": owner, "environments": environments})
    for place, name in zip(made["environmentIds"], ("mail-two", "mail-eu"), strict=True):
        body = {"type": "web_service", "name": name, "ownerId": owner, "environmentId": place}
        body["envVars"] = [{"key": "SMTP_PORT", "value": "587"}, {"key": "SMTP_HOST", "value": "smtp.example.com"}]
        project.api("POST", "/services", body)
    project.service("report", {"SENDER": "team@example.com"}, kind="cron_job")
    return held


def test_a_live_workspace_becomes_a_file_that_changes_nothing(project: Project, company: dict[str, str]) -> None:
    project.forget_requests()
    made = project.reconcile("init", "--from-render")
    assert (made.code, made.out) == (0, "")
    assert "Wrote services.yaml: 5 services, 1 env group" in made.err
    assert project.writes() == []
    text = (project.folder / "services.yaml").read_text()
    assert [key for key, value in company.items() if value in text and len(value) > 5] == []
    assert "value:" not in text
    for line in (
        "  # `external",
        "  production:\n    workspace: tea-d1example0example0ex\n",
        "  eu:\n    kind: production  # decide: production, staging or development\n",
        "  DATABASE_URL: {type: postgres_url, external: true}\n",
        "  api:\n    render: {staging: api-staging, production: api-production}\n",
        "      DATABASE_URL:\n",
        "      DEBUG:\n",
        "      OPENAI_API_KEY: {type: api_key, prefix: sk-, external: true}\n",
        "      PUBLIC_URL: {type: https_url, external: true}\n",
        "      SENTRY_DSN: {type: https_url, external: true, environments: [production]}  # decide: only in produ",
        "      SUPABASE_KEY: {type: supabase_key, role: service_role, external: true}\n",
        "      WORKERS: {type: integer, external: true}\n",
        "      WORKERS: {external: true}\n",
        "      account.json: {type: json, external: true}\n",
        "    env_groups: [observability]\n",
        "  mail:\n    render: {eu: mail-eu}\n",
        "  mail-two:\n    render: {staging: mail-two}\n",
        "  report:\n    render: {production: report}\n",
        "# - nothing tells the environment of report; taken for production.",
    ):
        assert line.removeprefix("  # ") in text
    expect_nothing_to_do(project)
    again = project.reconcile("init", "--from-render", "--stdout")
    assert (again.code, again.out, again.err) == (0, text, "")


def test_what_is_in_doubt_is_where_the_command_line_says(project: Project) -> None:
    project.service("api", {"A": "1"})
    made = project.reconcile("init", "--from-render", "--env", "staging")
    assert made.code == 0
    assert "environments:\n  staging:\n" in (project.folder / "services.yaml").read_text()
    expect_nothing_to_do(project)
    # The environment gives options as it does for any command, but never the one that overwrites.
    given = {"RECONCILE_INIT_ENV": "development", "RECONCILE_INIT_FORCE": "1"}
    refused = project.reconcile("init", "--from-render", env=given)
    assert (refused.code, refused.out) == (3, "")
    assert "environments:\n  development:\n" in project.reconcile("init", "--from-render", "--stdout", env=given).out


HOSTILE = (
    "two\nlines: {x: 1}",
    "a: b",
    "# comment",
    "{environment}",
    'quote\'d "name" \\',
    "-dash",
    "groups",
    "\u202egnp.exe",
    "&anchor",
    "*alias",
    "!tag",
    "true",
    "123",
    "null",
    "name #hash",
    " padded ",
    "zażółć 🐘",
    "x" * 300,
    "api",
    "api-production",
    "prod-api",
    "..",
    "-production",
)


def test_no_name_ends_a_scalar_or_a_comment(project: Project) -> None:
    owner = project.sandbox.owner_id
    variables = {"true": "1", "null": "2", "on": "3", "-": "4", ".inf": "5", "_": "6", "a.b-c": "7", "NO": "8"}
    for name in HOSTILE:
        made = project.service(name, variables)
        body = {"name": f"g {name}", "ownerId": owner, "serviceIds": [made], "envVars": [{"key": "y", "value": name}]}
        project.api("POST", "/env-groups", body)
    # A file's name may hold what YAML and a terminal make something of.
    for name in ("a: {b", "# c.pem", "it's.json", "null", "1.5", 'q"uote', "ünï 🐘.txt"):
        project.sandbox.workspace.put_entry(made, FILES, name, token())
    assert project.reconcile("init", "--from-render").code == 0
    text = (project.folder / "services.yaml").read_text()
    assert "\nlines" not in text
    assert "\u202e" not in text
    assert "value:" not in text
    expect_nothing_to_do(project)


def test_names_that_cannot_be_declared_are_counted(project: Project) -> None:
    worker = project.service("worker", {"FINE": "1"})
    for name in ("hidden\u200bspace", "two\nlines"):
        project.sandbox.workspace.put_entry(worker, FILES, name, token())
    assert project.reconcile("init", "--from-render").code == 0
    text = (project.folder / "services.yaml").read_text()
    assert "# 2 left out, and so undeclared: services.yaml cannot have names like theirs\n  worker:" in text
    assert project.reconcile("plan").out.startswith(CLEAN)


def test_a_big_workspace(project: Project) -> None:
    add_fleet(project.sandbox.workspace, services=300, variables=20)
    project.service("odd-one-staging", {"VARIABLE_001": "https://example.com"})
    assert project.reconcile("init", "--from-render").code == 0
    text = (project.folder / "services.yaml").read_text()
    assert "worker-00009 and 290 more; taken for production" in text
    assert "  VARIABLE_000: {external: true}\n" in text
    expect_nothing_to_do(project)


def test_which_workspace_has_to_be_certain(project: Project) -> None:
    nobody = project.reconcile("init", "--from-render")
    assert nobody.code == 1
    assert "has no services and no env groups" in nobody.err
    other = project.control("POST", "/owners", {"name": "Other"})["id"]
    both = project.reconcile("init", "--from-render")
    assert (both.code, "say which with --workspace ID" in both.err) == (1, True)
    assert f"Other ({other})" in both.err
    project.api("POST", "/services", {"type": "web_service", "name": "there", "ownerId": other})
    named = project.reconcile("init", "--from-render", "--workspace", "Other", "--stdout")
    assert project.reconcile("init", "--from-render", "--workspace", other).code == 0
    assert (project.folder / "services.yaml").read_text() == named.out
    assert "  there:\n" in named.out
    expect_nothing_to_do(project)
    wrong = project.reconcile("init", "--from-render", "--workspace", "Exmaple", "--stdout")
    assert (wrong.code, "did you mean `Example`" in wrong.err) == (1, True)
    keyless = project.reconcile("init", "--from-render", "--stdout", env={"RENDER_API_KEY": ""})
    assert (keyless.code, "no API key: set RENDER_API_KEY" in keyless.err) == (1, True)


def test_what_cannot_be_read_is_never_left_out(project: Project) -> None:
    project.service("api", {"A": "1"})
    for path in ("*/env-vars*", "*/secret-files*", "/projects*", "/env-groups*", "/services?*"):
        project.control("POST", "/faults", {"path": path, "status": 403, "body": {"message": "forbidden"}})
        failed = project.reconcile("init", "--from-render")
        assert (failed.code, failed.out) == (1, ""), path
        assert not (project.folder / "services.yaml").exists()
        project.control("DELETE", "/faults")


def test_dotenv_files_become_references_to_them(project: Project) -> None:
    values = {"DATABASE_URL": f"postgres://app:{token()}@db.example.com/app", "TOKEN": token("ghp_"), "PORT": "8000"}
    other = {**values, "TOKEN": token("ghp_"), "ONLY_HERE": token()}
    for environment, held in (("staging", values), ("production", other)):
        lines = "".join(f"{key}={value}\n" for key, value in held.items())
        project.write(f"secrets/{environment}.env", f"{lines}EMPTY=\nexport RENDER_THING=1\n")
        project.service(f"shop-{environment}", held, kind="web_service")
    named = [f"--from-dotenv={environment}=secrets/{environment}.env" for environment in ("staging", "production")]
    made = project.reconcile("init", *named, "--service", "shop", "--workspace", project.sandbox.owner_id)
    assert made.code == 0, made.err
    text = (project.folder / "services.yaml").read_text()
    assert [value for value in {*values.values(), *other.values()} if len(value) > 5 and value in text] == []
    for line in (
        "  # decide: the service's name, here and on Render",
        "  # left out, since empty in staging: EMPTY",
        "  # left out of production, since Render takes no such names: `RENDER_THING`",
        "    render: shop-{environment}",
        "      # the same value in each environment",
        '      DATABASE_URL: {type: postgres_url, secret: "dotenv://secrets/{environment}.env#/DATABASE_URL"}',
        'prefix: ghp_, secret: "dotenv://secrets/{environment}.env#/TOKEN"}  # values differ',
        "  # decide: only in production",
    ):
        assert line in text
    assert project.reconcile("secrets", "check").out == "dotenv  7 found, 0 missing, 0 forbidden\n"
    expect_nothing_to_do(project)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("A=1\nB=2\nA=3\n", "x.env", "x.env defines more than once: A"),
        ("A='open\n", "x.env", "x.env: line 1 of the file is not `NAME=value`"),
        ("A=1\n", "a#b.env", "no reference can name the file a#b.env"),
        ("A=1\n", "a{b}.env", "no reference can name the file a{b}.env"),
        ("A=1\nB\n", "x.env", "x.env: line 2 does not begin with a name"),
        (None, "x.env", "x.env: there is no such file"),
    ],
)
def test_dotenv_files_that_cannot_be_referred_to(folder: Path, content: str | None, name: str, said: str) -> None:
    if content is not None:
        (folder / name).write_text(content)
    assert said in refusal("--from-dotenv", f"staging={name}").message


def test_the_lines_of_a_value_without_quotes_are_not_taken_for_names(folder: Path) -> None:
    pieces = [token() for _ in range(3)]
    for ending in ("", "=", "==", "=x"):
        (folder / "x.env").write_text("\n".join([f"A={token()}", *(f"{piece}{ending}" for piece in pieces), "B=1", ""]))
        error = refusal("--from-dotenv", "staging=x.env")
        assert "x.env: line 2 does not begin with a name" in error.message
        assert [piece for piece in pieces if piece in f"{error.message} {error.remedy}"] == []
    (folder / "x.env").write_text(
        "OAUTH2_PROXY_COOKIE_SECRET=1\nROUTE53_HOSTED_ZONE_ID=2\nawsS3BucketNameForUploads=3\n"
    )
    made = CliRunner().invoke(cli, ["init", "--from-dotenv", "staging=x.env", "--stdout"])
    assert made.exit_code == 0, made.output
    assert "      awsS3BucketNameForUploads: " in made.output


def test_a_file_that_is_there_stays_unless_somebody_says_otherwise(project: Project) -> None:
    project.write(".env", f"A={token()}\n")
    command = ("init", "--from-dotenv", "production=.env")
    kept = project.write("services.yaml", "mine: yes\n")
    refused = project.reconcile(*command)
    assert (refused.code, refused.out, kept.read_text()) == (3, "", "mine: yes\n")
    assert "services.yaml is there already; nothing was written" in refused.err
    code, shown = on_terminal(project, "no\r", *command)
    assert (code, kept.read_text()) == (3, "mine: yes\n")
    assert "Only 'yes' will be accepted" in shown
    assert project.reconcile(*command, "--stdout").out.startswith("# yaml-language-server")
    assert kept.read_text() == "mine: yes\n"
    assert on_terminal(project, "yes\r", *command)[0] == 0
    assert "dotenv://.env#/A" in kept.read_text()
    kept.write_text("mine again\n")
    assert project.reconcile(*command, "--force").code == 0
    assert "dotenv://.env#/A" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    elsewhere = project.reconcile(*command, "-f", "no/such/folder/services.yaml")
    assert (elsewhere.code, "cannot write" in elsewhere.err) == (1, True), elsewhere.err


@pytest.mark.parametrize(
    "arguments",
    [(), ("--from-render", "--from-dotenv", "a=b"), ("--from-dotenv", "staging"), ("--from-dotenv", "a b=.env")],
)
@pytest.mark.usefixtures("folder")
def test_where_to_begin_has_to_be_said_once(arguments: tuple[str, ...]) -> None:
    assert "--from-" in f"{refusal(*arguments).message} {refusal(*arguments).remedy}"


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join([*lines, "services: *a9", ""])


def merge_bomb() -> str:
    lines = ["a0: &a0 {k: x}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    return "\n".join([*lines, "services: []", ""])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (bomb(), "aliases repeat more than"),
        (merge_bomb(), "aliases repeat more than"),
        ("services: " + "[" * 5000, "nested more than"),
        ("services: []\n# " + "x" * 10_000_000, "has 10.0 MB, more than the 8 MiB"),
        ("", "is empty; a Blueprint has `services:`"),
        ("- a\n", "a Blueprint is a mapping"),
        ("name: api\ntype: web\n", "render.yaml has no services and no env groups"),
        ("services:\n  - {type: web}\n", "render.yaml:2:5: `name` is missing"),
        ("services:\n  - {type: web, name: a, envVars: text}\n", "render.yaml:2:35: `envVars` is not what"),
        ("services: []\nservices: []\n", "`services` is given twice"),
        ("services: &a [*a]\n", "an alias (`*`) stands within the very thing that it repeats"),
        ("services: [{type: web, name: a, envVars: [{key: A, value: {b: c}}]}]", "`value` is not what"),
    ],
)
def test_a_blueprint_that_cannot_be_read(folder: Path, text: str, said: str) -> None:
    (folder / "render.yaml").write_text(text)
    assert said in refusal("--from-blueprint", "render.yaml").message
    assert not (folder / "services.yaml").exists()


def test_a_blueprint_that_is_not_there(folder: Path) -> None:
    assert refusal("--from-blueprint", "render.yaml").message == "no Blueprint render.yaml"
    assert list(folder.iterdir()) == []


def test_a_blueprint_of_hostile_names(project: Project) -> None:
    services = [{"type": "web", "name": name, "envVars": [{"key": "A", "value": name}]} for name in HOSTILE]
    services += services[:3]
    services[1]["envVars"] = [
        {"key": "A\nB: {c: d}", "value": "1"},
        {"key": token("sk-") + " pasted", "value": "2"},
        {"key": "LOOP", "fromService": {"name": "true", "envVarKey": "LOOP"}},
        {"fromGroup": "x: {y\n# z"},
        {},
    ]
    services[11]["envVars"] = [
        {"key": "LOOP", "fromService": {"name": "api", "envVarKey": "LOOP"}},
        {"key": "BIG", "value": "x" * 70_000},
    ]
    services[18]["envVars"] = [{"key": "LOOP", "fromService": {"name": "true", "envVarKey": "LOOP"}}]
    (project.folder / "render.yaml").write_text(json.dumps({"services": services}, ensure_ascii=False))
    made = project.reconcile("init", "--from-blueprint", "render.yaml")
    assert made.code == 0, made.err
    validated = project.reconcile("validate")
    assert (validated.code, validated.err) == (0, "")
    text = (project.folder / "services.yaml").read_text()
    assert "takes LOOP of api, which takes it back" in text
    assert "# - a: b is there more than once; only the first was taken." in text
    assert "a variable was left out" in text
    assert "\nB:" not in text
    assert "sk-" not in text
    assert len(text) < 50_000
