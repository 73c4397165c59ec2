package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// The golden logs are testdata/log-RELEASE.jsonl, an event a line, with the tables
// that they lead to in testdata/state-RELEASE.jsonl, a row a line. A log that a
// release wrote is never touched: where a test of it fails, an office that updates
// loses its past. The release in the making has log-next.jsonl, which only grows:
//
//	go test ./internal/store -run Golden -golden
//
// adds the scenes of the types (or of their newest versions) that no log has. Who
// makes a release gives both files its number and puts the head into goldenHeads.
var addGolden = flag.Bool("golden", false, "add events of the types that no golden log has to testdata/log-next.jsonl")

const nextRelease = "next"

// goldenHeads are the heads of the logs of releases.
var goldenHeads = map[string]string{
	"0.1.0": "3:edfe4de61b9fa1c500ad91a737e2474cc0fe363f33b533d1d61fd4e2aa44840c",
}

func goldenLog(release string) string   { return filepath.Join("testdata", "log-"+release+".jsonl") }
func goldenState(release string) string { return filepath.Join("testdata", "state-"+release+".jsonl") }

// TestGoldenLogs replays the log of each release with the program's rooms, on
// both databases: it leads to the tables that it led to when it was written.
func TestGoldenLogs(t *testing.T) {
	if *addGolden {
		growGolden(t)
	}
	for _, release := range append(releases(), nextRelease) {
		t.Run(release, func(t *testing.T) {
			onBoth(t, func(t *testing.T, c Config) {
				s := openGolden(t, c, release)
				var anchors []event.Anchor
				if text := goldenHeads[release]; text != "" {
					head, err := event.ParseAnchor(text)
					if err != nil {
						t.Fatal(err)
					}
					anchors = append(anchors, head)
				}
				// Not Verify: the secrets that the log seals are outside it, and not here.
				var p Proof
				err := s.View(context.Background(), func(r *Reader) (err error) {
					p, err = s.prove(context.Background(), r, anchors...)
					return err
				})
				if err != nil || len(anchors) == 1 && p.Head != anchors[0] {
					t.Fatal(p, err)
				}
				compareGolden(t, s, release)
			})
		})
	}
}

// TestGoldenTypes: a type, or a version of one, of which no golden log has an
// event could be changed without a test that fails.
func TestGoldenTypes(t *testing.T) {
	for _, missing := range missingGolden(t) {
		t.Errorf("no golden log has an event of type %s: add a scene to golden_scenes_test.go, then run go test ./internal/store -run Golden -golden", missing)
	}
}

func releases() []string {
	var all []string
	for r := range goldenHeads {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// readGolden gives the events of a golden log; none where there is no file.
func readGolden(t *testing.T, release string) []event.Event {
	t.Helper()
	f, err := os.Open(goldenLog(release))
	if errors.Is(err, fs.ErrNotExist) && release == nextRelease {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []event.Event
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		e, err := event.Decode(lines.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", goldenLog(release), err)
		}
		all = append(all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func typeVersion(name string, version int) string { return fmt.Sprintf("%s version %d", name, version) }

// missingGolden are the types that no golden log has in their newest version.
func missingGolden(t *testing.T) []string {
	t.Helper()
	have := map[string]bool{}
	for _, release := range append(releases(), nextRelease) {
		for _, e := range readGolden(t, release) {
			have[typeVersion(e.Type, e.Version)] = true
		}
	}
	var missing []string
	for _, room := range projections() {
		for _, one := range room.Types() {
			if v := typeVersion(one.Name, one.Version()); !have[v] {
				missing = append(missing, v)
			}
		}
	}
	return missing
}

// openGolden makes a record of a golden log.
func openGolden(t *testing.T, c Config, release string) *Store {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	contents := []string{goldenContent}
	for _, rows := range goldenFigures {
		contents = append(contents, string(registry.EncodeStatistics(rows)))
	}
	for _, e := range readGolden(t, release) {
		if rows, ok := goldenContents(e); ok {
			contents = append(contents, string(rows))
		}
	}
	for _, content := range contents {
		if _, _, err := s.Contents().Put(ctx, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	err = s.writing(ctx, deciding, func(tx *Tx) error {
		for _, e := range readGolden(t, release) {
			if err := tx.append(e); err != nil {
				return err
			}
			if _, err := tx.tx.Exec("UPDATE log_head SET seq = $1 WHERE id = 1", e.Seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.Rebuild(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goldenRow is a row of a projected table.
type goldenRow struct {
	Table string                     `json:"table"`
	Row   map[string]json.RawMessage `json:"row"`
}

// stateOf gives the rows of the projected tables, by table and key.
func stateOf(t *testing.T, s *Store) []goldenRow {
	t.Helper()
	var all []goldenRow
	err := s.View(context.Background(), func(r *Reader) error {
		for _, table := range s.projected() {
			rows := map[string]goldenRow{}
			var keys []string
			_, _, err := table.each(r.ctx, r.tx, func(row []any) (bool, error) {
				g := goldenRow{table.name, map[string]json.RawMessage{}}
				for i, c := range table.columns {
					v, err := event.Marshal(row[i])
					if err != nil {
						return false, err
					}
					if v == nil {
						v = json.RawMessage("null")
					}
					g.Row[c.name] = v
				}
				key := table.keyText(row)
				rows[key], keys = g, append(keys, key)
				return true, nil
			})
			if err != nil {
				return err
			}
			slices.Sort(keys)
			for _, k := range keys {
				all = append(all, rows[k])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// compareGolden holds the tables against those of the file. Columns and tables
// that the file does not know are of a later program.
func compareGolden(t *testing.T, s *Store, release string) {
	t.Helper()
	text, err := os.ReadFile(goldenState(release))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]goldenRow{}
	for _, g := range stateOf(t, s) {
		found[g.Table] = append(found[g.Table], g)
	}
	at := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var want goldenRow
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		i := at[want.Table]
		at[want.Table]++
		if i >= len(found[want.Table]) {
			t.Errorf("table %s lacks the row %s", want.Table, line)
			continue
		}
		for column, v := range want.Row {
			if got := found[want.Table][i].Row[column]; string(got) != string(v) {
				t.Errorf("table %s, row %d, column %s: %s, want %s", want.Table, i+1, column, got, v)
			}
		}
	}
	for table, n := range at {
		if more := len(found[table]) - n; more > 0 {
			t.Errorf("table %s has %d rows more than it had", table, more)
		}
	}
}

// growGolden plays the scenes of what is missing after the log of the release in
// the making, and writes down where that leads.
func growGolden(t *testing.T) {
	missing := missingGolden(t)
	if len(missing) == 0 {
		return
	}
	now := noon
	s := openGolden(t, Config{Dir: t.TempDir(), Now: func() time.Time { now = now.Add(time.Millisecond); return now }, Migrate: true}, nextRelease)
	old := readGolden(t, nextRelease)
	if len(old) > 0 {
		compareGolden(t, s, nextRelease)
		if t.Failed() {
			t.Fatal("the log no longer leads to where it led: nothing is added")
		}
		now = old[len(old)-1].At.Add(time.Minute)
	}
	w := &town{Store: s, t: t, ctx: context.Background(), now: &now, ids: map[string]string{}}
	for _, one := range scenes {
		if slices.ContainsFunc(one.makes, func(name string) bool {
			return slices.ContainsFunc(missing, func(m string) bool { return strings.HasPrefix(m, name+" version ") })
		}) {
			head, err := s.Head(w.ctx)
			w.ok(err)
			one.play(w, fmt.Sprint(head.Seq+1))
		}
	}
	w.ok(s.View(w.ctx, func(r *Reader) error { _, err := s.prove(w.ctx, r); return err }))
	var lines, state strings.Builder
	w.ok(s.View(w.ctx, func(r *Reader) error {
		for e, err := range r.Log(int64(len(old))) {
			if err != nil {
				return err
			}
			lines.Write(append(e.Encode(), '\n'))
		}
		return nil
	}))
	for _, g := range stateOf(t, s) {
		b, err := event.Marshal(g)
		w.ok(err)
		state.Write(append(b, '\n'))
	}
	f, err := os.OpenFile(goldenLog(nextRelease), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	w.ok(err)
	_, err = f.WriteString(lines.String())
	w.ok(errors.Join(err, f.Close()))
	w.ok(os.WriteFile(goldenState(nextRelease), []byte(state.String()), 0o644))
}
