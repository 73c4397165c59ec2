package csvfile

import (
	"context"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options are a person's decisions; the zero value leaves all to the evidence.
type Options struct {
	Encoding  string          // such as "windows-1252", "UTF-16LE"
	Separator byte            // one of ASCII
	Decimals  map[string]byte // by column name: ',' or '.'
}

// Reader reads one file; it is a source.Reader.
type Reader struct {
	*grid.Reader
	Separator byte // that was decided
}

// Open reads the file three times: for its encoding, for a sample and for what
// its columns are; the rows come with Next. Errors are problems, or of ctx.
func Open(ctx context.Context, f source.File, o Options) (*Reader, error) {
	t, err := detect(ctx, f, o.Encoding)
	if err != nil {
		return nil, err
	}
	separator, named := o.Separator, false
	if separator == 0 {
		if separator, named, err = separate(ctx, t); err != nil {
			return nil, err
		}
	}
	g, err := grid.Open(ctx, func() (grid.Scanner, error) { return newScanner(t, separator, named), nil }, grid.Options{Decimals: o.Decimals, Ragged: true})
	if err != nil {
		return nil, err
	}
	g.Table().Encoding = t.name
	if t.guessed {
		g.Say(problem.New("csv-encoding", "found", t.name))
	}
	if t.mixed {
		g.Say(problem.New("csv-encoding-mixed"))
	}
	if o.Separator == 0 {
		g.Say(problem.New("csv-separator", "found", word(separator)))
	}
	return &Reader{g, separator}, nil
}

// word spells a separator for a sentence.
func word(separator byte) string {
	if separator == '\t' {
		return "TAB"
	}
	return string(rune(separator))
}
