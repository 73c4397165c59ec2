package main

import (
	"bufio"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dampak/dampak/internal/intake/bpstest"
	"github.com/dampak/dampak/internal/intake/identity"
)

func TestMain(m *testing.M) {
	testscript.Main(ending{m}, map[string]func(){"dampak": func() { os.Exit(Main()) }})
}

// ending runs the tests, under a key of pseudonyms of their own, and then ends what
// they have shared.
type ending struct{ *testing.M }

func (e ending) Run() int {
	dir, err := os.MkdirTemp("", "dampak-key-*")
	if err == nil {
		err = os.Setenv(identity.KeyFileVariable, filepath.Join(dir, "kunci"))
	}
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	defer removeDemo()
	defer stopBrowser()
	return e.M.Run()
}

// TestScripts runs the real command on the scripts of testdata/script. Beside
// the usual commands they have
//
//	fails STATUS COMMAND...   the command ends with the status, prints nothing
//	                          on stdout, one line for each problem on stderr,
//	                          and leaves no new file
//	longline FILE BYTES       makes a file whose second line has so many bytes
//
// and those of recordCommands and importCommands.
func TestScripts(t *testing.T) {
	commands := recordCommands()
	maps.Copy(commands, importCommands())
	commands["fails"], commands["longline"] = fails, longLine
	figures := bpstest.New(t)
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LC_ALL", "C.UTF-8")
			e.Setenv("DAMPAK_LANG", "en")
			e.Setenv("DAMPAK_BPS_URL", figures.URL+"/v1")
			e.Setenv("BPSKEY", bpstest.Key)
			e.Setenv("TMPDIR", filepath.Join(e.WorkDir, "tmp"))
			return os.MkdirAll(filepath.Join(e.WorkDir, "tmp"), 0o700)
		},
		Cmds: commands,
	})
}

func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails STATUS COMMAND...")
	}
	before := listing(ts)
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Fatalf("ended with %v, expected status %s", err, args[0])
	}
	if got := strconv.Itoa(exit.ExitCode()); got != args[0] {
		ts.Fatalf("status %s, expected %s\n%s", got, args[0], ts.ReadFile("stderr"))
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout is not empty: %q", out)
	}
	said := ts.ReadFile("stderr")
	if said == "" {
		ts.Fatalf("nothing on stderr")
	}
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "dampak: ") {
			ts.Fatalf("a line of stderr that is no problem: %q", line)
		}
	}
	if after := listing(ts); !slices.Equal(before, after) {
		ts.Fatalf("files before %q, after %q", before, after)
	}
}

// listing is every file below the script's folder.
func listing(ts *testscript.TestScript) []string {
	var all []string
	root := ts.MkAbs(".")
	ts.Check(filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}))
	return all
}

func longLine(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := bufio.NewWriter(f)
	_, err = w.WriteString("person,treat,income\n")
	ts.Check(err)
	block := strings.Repeat("x", 1<<20)
	for ; n > 0; n -= len(block) {
		_, err = w.WriteString(block[:min(n, len(block))])
		ts.Check(err)
	}
	ts.Check(w.Flush())
	ts.Check(f.Close())
}
