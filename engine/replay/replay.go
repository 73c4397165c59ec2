// Package replay keeps what an engine answered and answers again from it, without
// the rows: a run is repeated, bit for bit, from its moments.
//
//	Recording(engine) -> run -> Write -> file of moments
//	Read(file)        -> engine -> the same run, the same answer
//
// What is kept is sums over rows and what the columns are called, never a row. An
// answer is found by the spelling of its request (moments.Request.Text): a run that
// asks something else is told so.
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// Version is the version of the form of the file.
const Version = 1

// Kept is what sessions answered, in the order in which they were first asked.
type Kept struct {
	Version int      `json:"dampak_moments"`
	Engine  string   `json:"engine"` // that answered
	Tables  []Table  `json:"tables"`
	Words   []Words  `json:"words"`
	Answers []Answer `json:"answers"`
}

// Table is a source as it was opened.
type Table struct {
	Name    string          `json:"name"`
	Called  string          `json:"called"` // how messages call it
	SHA256  string          `json:"sha256"` // of its file
	Rows    int64           `json:"rows"`   // that were seen
	Columns []engine.Column `json:"columns"`
}

// Words is an answer of engine.Session.Words.
type Words struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Words  bool   `json:"words"`
}

// Answer is an answer of engine.Session.Collect.
type Answer struct {
	Label     string            `json:"label"`
	Request   string            `json:"request"` // moments.Request.Text
	Statistic moments.Statistic `json:"statistic"`
}

// Write writes what was kept as JSON.
func (k *Kept) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(k)
}

// Read reads what Write wrote. Errors: the problem moments-file.
func Read(r io.Reader, file string) (*Kept, error) {
	var k Kept
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	err := d.Decode(&k)
	if err == nil && k.Version != Version {
		err = errors.New("another version")
	}
	if err == nil && d.More() {
		err = errors.New("more behind it")
	}
	if err != nil {
		return nil, problem.New("moments-file", "version", Version).In(file).Because(err)
	}
	return &k, nil
}

// Sources are the sources as a run names them; they have no file.
func (k *Kept) Sources() []engine.Source {
	out := make([]engine.Source, len(k.Tables))
	for i, t := range k.Tables {
		out[i] = engine.Source{Name: t.Name, Called: t.Called}
	}
	return out
}

// Replay is an engine that answers from what is kept.
func (k *Kept) Replay() engine.Engine { return replayed{k} }

type replayed struct{ k *Kept }

func (e replayed) Name() string { return e.k.Engine }

func (e replayed) Open(_ context.Context, sources []engine.Source, _ engine.Options) (engine.Session, error) {
	for _, s := range sources {
		if _, ok := e.k.table(s.Name); !ok {
			return nil, problem.New("moments-table", "name", s.Name)
		}
	}
	return session(e), nil
}

func (k *Kept) table(name string) (Table, bool) {
	i := slices.IndexFunc(k.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return k.Tables[i], true
}

// session answers from what is kept.
type session struct{ k *Kept }

func (s session) Columns(table string) ([]engine.Column, error) {
	t, _ := s.k.table(table)
	return t.Columns, nil
}

func (s session) Rows(_ context.Context, table string) (int64, error) {
	t, _ := s.k.table(table)
	return t.Rows, nil
}

// Identity gives the hash of the file that was read then; see run.
func (s session) Identity(table string) string {
	t, _ := s.k.table(table)
	return t.SHA256
}

func (s session) Words(_ context.Context, table, column string) (bool, error) {
	i := slices.IndexFunc(s.k.Words, func(w Words) bool { return w.Table == table && w.Column == column })
	if i < 0 {
		return false, problem.New("moments-not-asked", "what", "words "+column)
	}
	return s.k.Words[i].Words, nil
}

func (s session) Collect(_ context.Context, r moments.Request) (moments.Statistic, error) {
	text := r.Text()
	i := slices.IndexFunc(s.k.Answers, func(a Answer) bool { return a.Request == text })
	if i < 0 {
		return moments.Statistic{}, problem.New("moments-not-asked", "what", r.Label)
	}
	return s.k.Answers[i].Statistic, nil
}

func (session) Close() error { return nil }

// Recording is an engine that answers as the one it is handed does and keeps what
// it answered in the Kept. Hash gives the identity of a source's file; it is asked
// once for each.
func Recording(e engine.Engine, hash func(engine.Source) (string, error)) (engine.Engine, *Kept) {
	k := &Kept{Version: Version, Engine: e.Name(), Tables: []Table{}, Words: []Words{}, Answers: []Answer{}}
	return recording{e, k, hash}, k
}

type recording struct {
	engine.Engine
	k    *Kept
	hash func(engine.Source) (string, error)
}

func (e recording) Open(ctx context.Context, sources []engine.Source, opts engine.Options) (engine.Session, error) {
	s, err := e.Engine.Open(ctx, sources, opts)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		t := Table{Name: src.Name, Called: src.Called}
		if t.SHA256, err = e.hash(src); err == nil {
			t.Rows, err = s.Rows(ctx, src.Name)
		}
		if err == nil {
			t.Columns, err = s.Columns(src.Name)
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		e.k.Tables = append(e.k.Tables, t)
	}
	return recorded{s, e.k}, nil
}

type recorded struct {
	engine.Session
	k *Kept
}

// Identity gives the hash that was asked for when the source was opened.
func (s recorded) Identity(table string) string { return session{s.k}.Identity(table) }

func (s recorded) Words(ctx context.Context, table, column string) (bool, error) {
	is, err := s.Session.Words(ctx, table, column)
	if err == nil {
		s.k.Words = append(s.k.Words, Words{table, column, is})
	}
	return is, err
}

func (s recorded) Collect(ctx context.Context, r moments.Request) (moments.Statistic, error) {
	got, err := s.Session.Collect(ctx, r)
	if err == nil {
		text := r.Text()
		if !slices.ContainsFunc(s.k.Answers, func(a Answer) bool { return a.Request == text }) {
			s.k.Answers = append(s.k.Answers, Answer{r.Label, text, got})
		}
	}
	return got, err
}
