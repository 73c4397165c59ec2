package store

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// TestGoldenLogs replays the log of each release with the program's rooms, on
// both databases. A file of testdata is never rewritten: where this fails, an
// office that updates loses its past.
func TestGoldenLogs(t *testing.T) {
	for _, k := range []struct {
		file string
		head string
		want []Backup
	}{
		{"log-0.1.0.jsonl", "3:edfe4de61b9fa1c500ad91a737e2474cc0fe363f33b533d1d61fd4e2aa44840c", []Backup{
			{ID: "06h124smd00g40r40m30e0820c", File: "mingguan.tar.gz", Seq: 1, BegunAt: noon.Add(3 * time.Second), BegunBy: "rini"},
			{ID: "06h124t7y03g20g30g2gc1r108", File: "sebelum rapat é.tar.gz", Seq: 2, BegunAt: noon.Add(8 * time.Second), BegunBy: "sari",
				RestoredAt: some(noon.Add(72 * time.Hour)), RestoredBy: some("rini")},
		}},
	} {
		onBoth(t, func(t *testing.T, c Config) {
			ctx := context.Background()
			s, err := Open(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			load(t, s, filepath.Join("testdata", k.file))
			if err := s.Rebuild(ctx); err != nil {
				t.Fatal(err)
			}
			head, err := event.ParseAnchor(k.head)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Verify(ctx, head); err != nil {
				t.Fatal(err)
			}
			err = s.View(ctx, func(r *Reader) error {
				got, err := Backups.Select(r, "ORDER BY id")
				if err != nil || len(got) != len(k.want) {
					t.Fatalf("%+v %v", got, err)
				}
				for i := range got {
					a, err := Backups.row(got[i])
					if err != nil {
						t.Fatal(err)
					}
					b, err := Backups.row(k.want[i])
					if err != nil {
						t.Fatal(err)
					}
					for j, c := range Backups.columns {
						if a[j] != b[j] {
							t.Errorf("backup %v: %s is %v, want %v", b[0], c.name, a[j], b[j])
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// load puts the events of a file into an empty log.
func load(t *testing.T, s *Store, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = s.writing(context.Background(), deciding, func(tx *Tx) error {
		for lines := bufio.NewScanner(f); lines.Scan(); {
			e, err := event.Decode(lines.Bytes())
			if err != nil {
				return err
			}
			if err := tx.append(e); err != nil {
				return err
			}
			if _, err := tx.tx.Exec("UPDATE log_head SET seq = $1 WHERE id = 1", e.Seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
