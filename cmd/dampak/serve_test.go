package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
)

// served is `dampak serve` as a process of its own.
type served struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *bufio.Reader
	said bytes.Buffer // on stderr
	base string
	took time.Duration
}

// serveProcess starts `dampak serve` and waits until its pages are up.
func serveProcess(t *testing.T, args ...string) *served {
	t.Helper()
	s := &served{t: t, cmd: exec.Command("dampak", append([]string{"serve", "--addr", "127.0.0.1:0", "--lang=en"}, args...)...)} //nolint:noctx // ends with stop
	s.cmd.Stderr = &s.said
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	s.out = bufio.NewReader(out)
	line, err := s.out.ReadString('\n')
	s.took = time.Since(begun)
	if s.base = strings.TrimSuffix(regexp.MustCompile(`http://\S+`).FindString(line), "/"); err != nil || s.base == "" {
		t.Fatalf("serve says %q (%v) %s", line, err, s.said.String())
	}
	return s
}

// firstRun reads the link of the first run, which a record without administrator
// gives in the second line.
func (s *served) firstRun() string {
	s.t.Helper()
	line, err := s.out.ReadString('\n')
	link := regexp.MustCompile(`http://\S+/awal/\S+`).FindString(line)
	if err != nil || link == "" {
		s.t.Fatalf("serve gives no link of the first run: %q %v", line, err)
	}
	return link
}

// ends waits for the end after SIGTERM: in good order, with nothing on stderr. It
// gives what was still to read on stdout.
func (s *served) ends() string {
	s.t.Helper()
	rest, err := io.ReadAll(s.out)
	if err = errors.Join(err, s.cmd.Wait()); err != nil || !strings.Contains(string(rest), "stopped in good order") || s.said.Len() > 0 {
		s.t.Errorf("serve ended with %v: %s%s", err, rest, s.said.String())
	}
	return string(rest)
}

func (s *served) stop() string {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	return s.ends()
}

// reader is somebody at a browser without pictures: cookies, forms, links.
type reader struct {
	t *testing.T
	http.Client
	base string
}

func (s *served) reader() *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &reader{s.t, http.Client{Jar: jar, Timeout: time.Minute}, s.base}
}

func (r *reader) answer(got *http.Response, err error) string {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if err = errors.Join(err, got.Body.Close()); err != nil || got.StatusCode >= 300 {
		r.t.Fatalf("%s: %s %v %s", got.Request.URL, got.Status, err, body)
	}
	return string(body)
}

func (r *reader) opens(path string) string {
	r.t.Helper()
	return r.answer(r.Get(r.base + path)) //nolint:bodyclose,noctx // closed by answer
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// sends fills in the form of a page, name and value in turn, and gives the page
// that it leads to.
func (r *reader) sends(path string, pairs ...string) string {
	r.t.Helper()
	v := url.Values{}
	for _, part := range strings.Split(r.opens(path), "<form")[1:] {
		if strings.Contains(part, `action="`+path+`"`) {
			for _, m := range hidden.FindAllStringSubmatch(part, -1) {
				v.Set(m[1], m[2])
			}
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return r.answer(r.PostForm(r.base+path, v)) //nolint:bodyclose,noctx // closed by answer
}

const visitorsWord = "kuda lumping tujuh warna"

func (r *reader) signsIn(email string) {
	r.t.Helper()
	if page := r.sends("/en/masuk", "email", email, "password", visitorsWord, "ke", "/profil"); !strings.Contains(page, "Rini Wulandari") {
		r.t.Fatalf("%s is not signed in: %s", email, page)
	}
}

// TestServeOnPostgreSQL: an office whose record is in PostgreSQL has everything
// that one with a folder has: the first run, pages, API and its tokens, the
// command line beside the running program, backup, restart and restore into
// another database.
func TestServeOnPostgreSQL(t *testing.T) {
	url, other, dir := testenv.Postgres(t), testenv.Postgres(t), t.TempDir()
	at := []string{"--database", url, "--dir", filepath.Join(dir, "isi")}
	s := serveProcess(t, at...)
	admin := s.reader()
	first := strings.TrimPrefix(s.firstRun(), s.base)
	admin.sends(first, "name", "Rini Wulandari", "email", "rini@contoh.example", "language", "en", "password", visitorsWord, "again", visitorsWord)
	admin = s.reader()
	admin.signsIn("rini@contoh.example")
	page := admin.sends("/en/pengelolaan/instansi/daftarkan", "full", "Dinas Sosial Provinsi Jawa Timur", "short", "Dinsos Jatim", "kind", "province-office", "region", "35", "from", "2020-09-21")
	if !strings.Contains(page, "Dinas Sosial Provinsi Jawa Timur") {
		t.Errorf("the organisation is not registered: %s", page)
	}

	token := regexp.MustCompile(`dampak_[A-Za-z0-9_-]{43}`).FindString(call(t, append([]string{"token", "add", "--user", "rini@contoh.example", "--scope", "write", "--as", "rini@contoh.example", "--why", "uji"}, at...)...))
	api := func(method, path, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.base+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		return admin.answer(http.DefaultClient.Do(r)) //nolint:bodyclose // closed by answer
	}
	office := regexp.MustCompile(`"id":"([0-9a-z]{26})"`).FindStringSubmatch(api("GET", "/organisations", ""))
	if office == nil {
		t.Fatal("the API knows no organisation")
	}
	body, err := json.Marshal(map[string]any{"name": "Budi", "email": "budi@contoh.example", "language": "id", "organisation": office[1], "why": "pegawai baru"})
	if err != nil {
		t.Fatal(err)
	}
	if got := api("POST", "/users", string(body)); !strings.Contains(got, `"invitation"`) {
		t.Errorf("Budi is not invited: %s", got)
	}
	call(t, append([]string{"user", "add", "Sari", "--email", "sari@contoh.example", "--office", "dinsos jatim", "--as", "rini@contoh.example"}, at...)...)
	if page := admin.opens("/en/pengelolaan/orang"); !strings.Contains(page, "Budi") || !strings.Contains(page, "Sari") {
		t.Error("who came by API and command line is not on the page")
	}
	if said := call(t, append([]string{"token", "list"}, at...)...); !strings.Contains(said, "Rini Wulandari") {
		t.Error(said)
	}
	file := filepath.Join(dir, "cadangan.tar.gz")
	call(t, append([]string{"backup", "-o", file}, at...)...)
	if said := call(t, append([]string{"verify"}, at...)...); !strings.Contains(said, "the record is whole") {
		t.Error(said)
	}
	s.stop()

	s = serveProcess(t, at...)
	again := s.reader()
	again.signsIn("rini@contoh.example")
	if page := again.opens("/en/pengelolaan/orang"); !strings.Contains(page, "Budi") {
		t.Error("Budi is gone after a restart")
	}
	if page := again.opens("/en/pengelolaan/instansi"); !strings.Contains(page, "Dinas Sosial Provinsi Jawa Timur") {
		t.Error("the organisation is gone after a restart")
	}
	if got := api("GET", "/users", ""); !strings.Contains(got, "Budi") {
		t.Error("the token does not count after a restart")
	}
	if said := s.stop(); strings.Contains(said, "/awal/") {
		t.Errorf("a record with an administrator gives a link: %s", said)
	}
	call(t, append([]string{"verify"}, at...)...)

	call(t, "restore", file, "--database", other)
	call(t, "verify", "--database", other)
	s = serveProcess(t, "--database", other)
	moved := s.reader()
	moved.signsIn("rini@contoh.example")
	if page := moved.opens("/en/pengelolaan/orang"); !strings.Contains(page, "Sari") {
		t.Error("Sari did not move with the record")
	}
	s.stop()
}

// TestServeBringsPostgreSQLUpToDate: a record of an older program is copied by
// pg_dump before its schema changes; where that cannot be, serve asks for
// --no-backup and changes nothing.
func TestServeBringsPostgreSQLUpToDate(t *testing.T) {
	url, dir := testenv.Postgres(t), t.TempDir()
	old := fstest.MapFS{}
	for _, name := range []string{"00001_log.sql", "00002_people.sql", "00003_tokens.sql"} {
		text, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "store", "migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: text}
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	steps, err := goose.NewProvider(goose.DialectPostgres, db, old, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Something has happened in it: of an empty record there is nothing to copy.
	text, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "store", "testdata", "log-0.1.0.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Actor, Object                 map[string]string
		At, ID, Prev, Hash, Type, Why string
		Seq, Version                  int64
		After                         json.RawMessage
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&line); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO events (seq, id, at, actor_user, actor_position, actor_capacity, actor_via, actor_through, object_kind, object_id, type, version, state_before, state_after, why, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13, $14, $15, $16)`, line.Seq, line.ID, line.At, line.Actor["user"], line.Actor["position"], line.Actor["capacity"], line.Actor["via"], line.Actor["through"],
		line.Object["kind"], line.Object["id"], line.Type, line.Version, string(line.After), line.Why, line.Prev, line.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE log_head SET seq = 1, hash = $1", line.Hash); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("dampak")
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(want, path string, args ...string) {
		t.Helper()
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		cmd := exec.CommandContext(ctx, program, append([]string{"serve", "--addr", "127.0.0.1:0", "--lang=en", "--database", url}, args...)...)
		cmd.Env = append(os.Environ(), "PATH="+path)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if cmd.ProcessState.ExitCode() != exitProblem || len(out) > 0 || !strings.Contains(said.String(), want) || !strings.Contains(said.String(), "--no-backup") {
			t.Errorf("ended with %v: %s%s", err, out, said.String())
		}
		if now, err := steps.GetDBVersion(t.Context()); err != nil || now != 3 {
			t.Errorf("the schema is %d (%v)", now, err)
		}
	}
	refuses("there is no folder for the backup", os.Getenv("PATH"))
	refuses("pg_dump is not installed", t.TempDir(), "--dir", dir)
	args := []string{"--database", url, "--dir", dir}
	if _, err := exec.LookPath("pg_dump"); err != nil {
		t.Log("without pg_dump: only --no-backup is left")
		args = append(args, "--no-backup")
	}
	s := serveProcess(t, args...)
	s.firstRun()
	s.stop()
	kept, err := filepath.Glob(filepath.Join(dir, "backups", "schema-3-*.pgdump"))
	if err != nil || len(kept) != 5-len(args) {
		t.Fatalf("copies from before: %q %v", kept, err)
	}
	if len(kept) == 1 {
		if listed, err := exec.CommandContext(t.Context(), "pg_restore", "--list", kept[0]).CombinedOutput(); err != nil || !strings.Contains(string(listed), "TABLE DATA public events") {
			t.Errorf("pg_restore does not read %s: %v %s", kept[0], err, listed)
		}
	}
	call(t, "verify", "--database", url)
}

// TestServeLetsRequestsFinish: after SIGTERM nobody new comes in, who is inside
// gets the whole answer, and the program ends in good order.
func TestServeLetsRequestsFinish(t *testing.T) {
	s := serveProcess(t, "--dir", filepath.Join(t.TempDir(), "kantor"))
	s.firstRun()
	host := strings.TrimPrefix(s.base, "http://")
	const form = "email=siapa%40contoh.example&password=kuda+lumping"
	type half struct {
		net.Conn
		*bufio.Reader
	}
	var halves []half
	for range 4 {
		c, err := net.Dial("tcp", host) //nolint:noctx // has a deadline
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		h := half{c, bufio.NewReader(c)}
		err = c.SetDeadline(time.Now().Add(30 * time.Second))
		if _, failed := fmt.Fprintf(c, "POST /en/masuk HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", host, len(form)); failed != nil || err != nil {
			t.Fatal(err, failed)
		}
		// The server asks for the body when the page begins to read it.
		if line, err := h.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
			t.Fatalf("%q %v", line, err)
		}
		if _, err := h.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		halves = append(halves, h)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", host) //nolint:noctx // at once
		if err != nil {
			break
		}
		_ = c.Close()
		if time.Since(begun) > 5*time.Second {
			t.Fatal("the program takes new visitors after SIGTERM")
		}
	}
	var group sync.WaitGroup
	for _, h := range halves {
		group.Go(func() {
			if _, err := io.WriteString(h.Conn, form); err != nil {
				t.Error(err)
				return
			}
			got, err := http.ReadResponse(h.Reader, nil)
			if err != nil {
				t.Error(err)
				return
			}
			body, err := io.ReadAll(got.Body)
			if err := errors.Join(err, got.Body.Close()); err != nil || !strings.Contains(string(body), "</html>") || !strings.Contains(string(body), "the password is not right") {
				t.Errorf("%s %v: %s", got.Status, err, body)
			}
		})
	}
	group.Wait()
	s.ends()
}

// TestServeStartsAtOnce: with 100,000 events in the record the pages are up within
// a second.
func TestServeStartsAtOnce(t *testing.T) {
	testenv.NeedLong(t)
	dir := filepath.Join(t.TempDir(), "kantor")
	record, err := store.Open(t.Context(), store.Config{Dir: dir, Now: time.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		if err := writeEvent(record, fmt.Sprint("awal-", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s := serveProcess(t, "--dir", dir)
		t.Logf("the pages are up after %v", s.took)
		if s.took > time.Second {
			t.Errorf("the start takes %v", s.took)
		}
		s.stop()
	}
}
