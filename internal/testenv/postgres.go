package testenv

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres gives the URL of a new, empty PostgreSQL database, which is dropped
// when the test ends; it skips as Need does. The server is the one that
// DAMPAK_POSTGRES names (its user must be allowed to create databases), else one
// of the test process's own, started at the first call: without fsync, on a
// socket in a temporary folder, and gone with the process however that ends.
func Postgres(t testing.TB) string {
	t.Helper()
	Need(t, "postgres")
	base, err := postgresServer()
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("dampak_%d_%d", os.Getpid(), databases.Add(1))
	statement := func(sql string) {
		t.Helper()
		ctx, done := context.WithTimeout(context.Background(), time.Minute)
		defer done()
		c, err := pgx.Connect(ctx, base)
		if err != nil {
			t.Fatalf("PostgreSQL: %v", err)
		}
		defer func() { _ = c.Close(ctx) }()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("PostgreSQL: %v", err)
		}
	}
	statement("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'")
	t.Cleanup(func() { statement("DROP DATABASE " + name + " WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

var databases atomic.Int64

// postgresServer gives the URL of the server's maintenance database.
var postgresServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("DAMPAK_POSTGRES"); given != "" {
		return given, nil
	}
	return startPostgres()
})

// keeper starts a server and waits for the end of its standard input, which
// comes when the tests' process has ended in whatever way; then it stops the
// server and removes the folder. Names sort as in Indonesian where the server
// has ICU: that order differs from SQLite's, as an office's will.
const keeper = `
trap '' INT TERM HUP
bin=$1 dir=$2
exec >"$dir/log" 2>&1
make() { "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --no-sync -E UTF8 --locale=C.UTF-8 "$@" </dev/null; }
make --locale-provider=icu --icu-locale=id || { rm -rf "$dir/data"; make; } || exit 1
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c max_connections=200 -c shared_buffers=32MB -c autovacuum=off </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$dir"
`

func startPostgres() (string, error) {
	dir, err := os.MkdirTemp("", "dampak-pg-")
	if err != nil {
		return "", err
	}
	args := []string{"sh", "-c", keeper, "sh", filepath.Dir(initdb()), dir}
	if os.Geteuid() == 0 {
		// The server refuses to run as root.
		if err := giveToPostgres(dir); err != nil {
			return "", err
		}
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // ends with this process
	cmd.Dir = dir
	if _, err := cmd.StdinPipe(); err != nil { // never closed: the process's end does that
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its log says why
		close(ended)
	}()
	base := (&url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {dir}, "user": {"postgres"}}.Encode()}).String()
	for deadline := time.Now().Add(time.Minute); ; {
		ctx, done := context.WithTimeout(context.Background(), 5*time.Second)
		c, err := pgx.Connect(ctx, base)
		if err == nil {
			err = c.Close(ctx)
		}
		done()
		if err == nil {
			return base, nil
		}
		said, _ := os.ReadFile(filepath.Join(dir, "log"))
		select {
		case <-ended:
			_ = os.RemoveAll(dir)
			return "", fmt.Errorf("the server did not start: %s", said)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("no answer within a minute: %w: %s", err, said)
		}
	}
}

func giveToPostgres(dir string) error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, gid)
}

// initdb is the path of PostgreSQL's initdb (the newest of Debian's, which
// stand outside the PATH), or "".
func initdb() string {
	found, newest := "", 0
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, path := range all {
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil && v > newest {
			found, newest = path, v
		}
	}
	if found == "" {
		if path, err := exec.LookPath("initdb"); err == nil {
			found, _ = filepath.EvalSymlinks(path)
		}
	}
	return found
}

// noPostgres says what is missing for Postgres, or nothing.
func noPostgres() string {
	if os.Getenv("DAMPAK_POSTGRES") != "" {
		return ""
	}
	if initdb() == "" {
		return "no initdb, and DAMPAK_POSTGRES is not set to a server's URL; install PostgreSQL's server"
	}
	if os.Geteuid() == 0 {
		if _, err := user.Lookup("postgres"); err != nil {
			return "the server refuses to run as root, and there is no user postgres"
		}
		if _, err := exec.LookPath("setpriv"); err != nil {
			return "the server refuses to run as root, and there is no setpriv to change the user with"
		}
	}
	return ""
}
