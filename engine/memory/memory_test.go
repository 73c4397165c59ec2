package memory_test

import (
	"context"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/enginetest"
	"github.com/dampak/dampak/engine/memory"
)

func open(t testing.TB, tables map[string]enginetest.Table) engine.Session {
	t.Helper()
	own := map[string]memory.Table{}
	for name, table := range tables {
		own[name] = memory.Table{Columns: table.Columns, Rows: table.Rows}
	}
	s, err := memory.From(own).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExamples(t *testing.T) { enginetest.Run(t, open) }

// The referee agrees with itself: requests drawn are well typed.
func TestRandom(t *testing.T) { enginetest.Random(t, open, open) }

func TestCensus(t *testing.T) { enginetest.Census(t, open, open) }
