package workbook

import (
	"context"
	"errors"
	"io"

	"github.com/dampak/dampak/internal/problem"
)

// shared is the texts that cells share, one after the other.
type shared struct {
	bytes []byte
	ends  []uint32
}

func (s *shared) text(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.bytes[from:s.ends[i]], true
}

// readShared reads sharedStrings.xml: runs of rich text are joined, phonetic
// ones passed over.
func readShared(ctx context.Context, a *archive, name string) (*shared, error) {
	s := &shared{}
	r, err := a.open(name, maxSheet)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t := newTokens(r, name)
	phonetic, within, ended := false, false, false
	from := 0
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := t.next(); errors.Is(err, io.EOF) {
			if !ended {
				return nil, t.damaged(io.ErrUnexpectedEOF)
			}
			return s, nil
		} else if err != nil {
			return nil, err
		}
		switch string(t.name) {
		case "t":
			if t.close && t.keep && !phonetic && within {
				s.bytes = append(s.bytes, t.text...)
			}
			t.keep = !t.close && !t.empty
		case "rPh":
			phonetic = !t.close && !t.empty
		case "si":
			if !t.close {
				within, from = true, len(s.bytes)
			}
			if t.close || t.empty {
				within = false
				if c := controls(s.bytes[from:]); len(c) < len(s.bytes)-from {
					s.bytes = append(s.bytes[:from], c...)
				}
				s.ends = append(s.ends, uint32(len(s.bytes)))
			}
		case "sst":
			ended = t.close || t.empty
		}
		if len(s.bytes) > maxShared || len(s.ends) > 64<<20 {
			return nil, problem.New("workbook-shared", "most", maxShared>>20)
		}
	}
}
