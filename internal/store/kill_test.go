package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/testenv"
)

// childDir tells the test's own program that it is the child to be killed, and
// where its record is.
const childDir = "DAMPAK_TEST_CHILD_DIR"

// TestChildThatIsKilled is no test of its own: it is what the child of
// TestKill does. Several writers carry out commands without end; each says so
// on standard output as soon as, and only when, Do has returned.
func TestChildThatIsKilled(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("runs as the child of TestKill")
	}
	s := openTest(t, Config{Dir: dir, Now: time.Now, Migrate: true})
	var group sync.WaitGroup
	var out sync.Mutex
	for w := range 4 {
		group.Go(func() {
			for {
				id, err := event.NewID(time.Now(), s.config.Random)
				if err != nil {
					t.Error(err)
					return
				}
				c := write(id, 0, note{Text: strings.Repeat("isi ", 50), Rupiah: int64(w)})
				decide := c.Decide
				c.Decide = func(tx *Tx) (Change, error) {
					if err := drafts.Put(tx, draftRow{User: id, Text: "ikut"}); err != nil {
						return Change{}, err
					}
					return decide(tx)
				}
				e, err := s.Do(context.Background(), c)
				if err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				fmt.Printf("done %s %s\n", id, e.Anchor())
				out.Unlock()
			}
		})
	}
	group.Wait()
}

// TestKill kills a writing process at random moments, 20 times (200 with
// -long), on one record. What it had acknowledged to its parent is the judge:
// each such command is in the log at the place and with the hash that were
// named, its rows inside and outside the log are there, and the record verifies,
// so that no command is there by half.
func TestKill(t *testing.T) {
	if os.Getenv(childDir) != "" {
		t.Skip("is the child")
	}
	times := 20
	if *testenv.Long {
		times = 200
	}
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do; it is printed
	chance := rand.New(rand.NewPCG(seed, 1))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	acknowledged := map[string]event.Anchor{}
	var working time.Duration
	for i := range times {
		working += killOnce(t, dir, time.Duration(50+chance.IntN(350))*time.Millisecond, acknowledged)
		if i%10 == 9 || i == times-1 {
			judge(t, dir, acknowledged)
		}
		if t.Failed() {
			return
		}
	}
	rate := float64(len(acknowledged)) / working.Seconds()
	t.Logf("%d kills, %d commands acknowledged, %.0f a second", times, len(acknowledged), rate)
	if rate < 20 {
		t.Errorf("only %.1f commands a second were acknowledged: the kills prove little", rate)
	}
}

// killOnce starts a child, kills it so long after its first acknowledgement,
// and adds what it acknowledged. It gives the time in which it did so.
func killOnce(t *testing.T, dir string, after time.Duration, acknowledged map[string]event.Anchor) time.Duration {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildThatIsKilled$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var first time.Time
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		var id, anchor string
		if _, scanned := fmt.Sscanf(line, "done %s %s\n", &id, &anchor); err != nil || scanned != nil {
			if err == nil {
				t.Errorf("the child said %q", line)
			}
			break // the end; a line cut off was no acknowledgement
		}
		if first.IsZero() {
			first = time.Now()
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		if acknowledged[id], err = event.ParseAnchor(anchor); err != nil {
			t.Errorf("the child said %q", line)
		}
	}
	ended := time.Now()
	_ = cmd.Wait() // killed
	if first.IsZero() {
		t.Fatal("the child acknowledged nothing")
	}
	if cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child was not killed but ended: %v", cmd.ProcessState)
	}
	return ended.Sub(first)
}

// judge holds the record against what was acknowledged.
func judge(t *testing.T, dir string, acknowledged map[string]event.Anchor) {
	t.Helper()
	s := openTest(t, Config{Dir: dir, Now: time.Now})
	defer s.Close()
	proof := verifies(t, s)
	err := s.View(context.Background(), func(r *Reader) error {
		in := map[string]event.Anchor{}
		for e, err := range r.Log(0) {
			if err != nil {
				return err
			}
			in[e.Object.ID] = e.Anchor()
		}
		rows, err := drafts.Select(r, "")
		if err != nil {
			return err
		}
		aside := map[string]bool{}
		for _, d := range rows {
			aside[d.User] = true
		}
		for id, a := range acknowledged {
			if in[id] != a {
				t.Errorf("acknowledged %s at %v, in the log at %v", id, a, in[id])
			}
		}
		if len(aside) != len(in) || int64(len(in)) != proof.Head.Seq {
			t.Errorf("%d events, %d rows outside the log, head %v", len(in), len(aside), proof.Head)
		}
		for id := range in {
			if !aside[id] {
				t.Errorf("%s is there by half", id)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
