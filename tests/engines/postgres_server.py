"""A PostgreSQL server of a test's own: in a folder that goes with it, reached from this machine alone."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import duckdb
import psycopg
import yaml

# As unlike what a fetched row is written like as a server can be set up.
SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "full_page_writes": "off", "autovacuum": "off",
    "shared_buffers": "64MB", "datestyle": "SQL, DMY", "timezone": "Asia/Tokyo", "extra_float_digits": "0",
}  # fmt: skip
TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "TINYINT": "smallint",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


def binaries() -> Path | None:
    """Find the folder of the server's programs: Debian keeps it off the path."""
    on_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0),
    )
    return next((folder for folder in [*on_path, *packaged[::-1]] if (folder / "pg_ctl").exists()), None)


class Server:
    """A server that runs until `stop`; who asks over the network needs a password, the socket is the test's."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # A socket's path may not be long, and pytest's own folders let no other account in.
        self.folder = Path(tempfile.mkdtemp(prefix="custlib-pg-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "--auth-local=trust", "--auth-host=scram-sha-256", "--username=boss", "--no-sync",
                  "--locale=C", "--encoding=UTF8", "-D", str(self.folder / "data"))  # fmt: skip
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:  # which the server refuses to be
            names = {entry.pw_name for entry in pwd.getpwall()}
            account = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.folder, account)
            command = ["runuser", "-u", account, "--", *command]
        with (self.folder.with_suffix(".log")).open("a") as log:
            subprocess.run(command, cwd="/", stdout=log, stderr=log, check=True, timeout=60)

    def start(self) -> None:
        told = " ".join(f"-c {name}={value.replace(' ', '')}" for name, value in SETTINGS.items())
        options = f"{told} -c port={self.port} -c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.folder / "data"))

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".log").unlink(missing_ok=True)

    def boss(self) -> psycopg.Connection:
        """Connect as the one who may do all."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="boss", dbname="postgres", autocommit=True
        )

    def do(self, *statements: str) -> None:
        with self.boss() as con:
            for statement in statements:
                con.execute(statement)

    def url(self, user: str = "reader", password: str = "${READER}", database: str = "postgres") -> str:
        """Give the URL as a company file has it: with the password in the environment."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def user(self, name: str, password: str, schema: str) -> None:
        """Make an account that may read the tables of a schema and nothing else."""
        self.do(
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
            f"GRANT USAGE ON SCHEMA {schema} TO {name}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {name}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}",
        )

    def load(self, name: str, relation: str) -> None:
        """Create a table of what DuckDB reads, in the same types."""
        with duckdb.connect() as con, self.boss() as boss, tempfile.TemporaryDirectory() as folder:
            described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
            columns = ", ".join(f'"{column}" {TYPES.get(type_, type_)}' for column, type_, *_ in described)
            boss.execute(f"CREATE TABLE {name} ({columns})")
            rows = Path(folder) / "rows.csv"
            con.execute(
                f"COPY (SELECT * FROM {relation}) TO '{rows}' (FORMAT csv, HEADER false, NULLSTR '\\N')"
            )
            taking = boss.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv, NULL '\\N')")
            with taking as copy, rows.open("rb") as blocks:
                while block := blocks.read(1 << 20):
                    copy.write(block)


def in_database(company: Path, target: Path, url: str, schema: str) -> Path:
    """Write a company file anew whose tables are those of a schema, under the names they have in the contract."""
    text = re.sub(r"(?m)^(  )folder: \S+", rf'\1database: "{url}"', company.read_text(), count=1)
    text, tables = re.subn(
        r"(?m)^  (\w+):(.*\n)    from: (?:\"[^\"]*\"|\S+)", rf"  \1:\2    from: {schema}.\1", text
    )
    assert tables == len(yaml.safe_load(text)["tables"])
    target.write_text(text)
    return target
