package api

import (
	"context"
	"encoding/json"
	"mime"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/result"
)

// RunNumber is one number of an answer, under the key by which it is held back or
// rests under a finding.
type RunNumber struct {
	Key      string   `json:"key"`
	Outcome  string   `json:"outcome"`
	Term     string   `json:"term"`
	Group    *string  `json:"group"`
	Time     *string  `json:"time"`
	Event    *int64   `json:"event_time"`
	Estimate float64  `json:"estimate"`
	SE       *float64 `json:"se"`
	Lower    *float64 `json:"lower"`
	Upper    *float64 `json:"upper"`
	N        int64    `json:"n"`
	Unit     string   `json:"unit"`
}

func numbersOf(all []answers.Number) []RunNumber {
	out := make([]RunNumber, len(all))
	for i, n := range all {
		out[i] = RunNumber{n.Key, n.Outcome, n.Term, labelText(n.Group), labelText(n.Time), n.Event, *n.Estimate, n.SE, n.Lower, n.Upper, n.N, n.Of.Unit}
	}
	return out
}

func labelText(l *result.Label) *string {
	if l == nil {
		return nil
	}
	text := l.String()
	return &text
}

// RunLeaves is exactly what would leave a run that waits for its checker, and what the
// checker looks at beside it.
type RunLeaves struct {
	Numbers []RunNumber      `json:"numbers"`
	Held    []string         `json:"held_keys"`
	Public  bool             `json:"public_rows"`
	Asks    []DisclosureRule `json:"to_look_at"`
	Earlier []RunEarlier     `json:"earlier"`
}

// DisclosureRule is a rule of disclosure that asks for a person.
type DisclosureRule struct {
	Rule   string `json:"rule"`
	Detail string `json:"detail"`
}

// RunEarlier is how an earlier run on the same data ended its way out: failed is one of
// which the first gate let nothing pass.
type RunEarlier struct {
	Run      string    `json:"run"`
	Study    string    `json:"study"`
	Title    string    `json:"study_title"`
	State    string    `json:"state" enum:"released,refused,failed"`
	At       time.Time `json:"at"`
	User     string    `json:"user"`
	Why      string    `json:"reason"`
	Problems []Lack    `json:"problems"`
	Outcomes []string  `json:"outcomes"`
	Cells    []string  `json:"cell_columns"`
	Left     int       `json:"left"`
	Held     int       `json:"held"`
}

// ReleaseRun lets an answer go but for the numbers of some keys.
type ReleaseRun struct {
	Held    []string `json:"held_keys,omitempty" maxItems:"100000"`
	Rounded bool     `json:"rounded,omitempty"`
	OnObject
}

// RunReleased is what left.
type RunReleased struct {
	Done
	Content string      `json:"sha256"`
	Numbers []RunNumber `json:"numbers"`
	Held    []string    `json:"held_keys"`
	Rounded bool        `json:"rounded"`
}

// answered is the answer of a run for who asks for an operation on it; that they saw
// it is noted first.
func (d *door) answered(ctx context.Context, id string) (answers.Answer, error) {
	c := calling(ctx)
	by, err := c.command(Given{}, 0)
	if err != nil {
		return answers.Answer{}, err
	}
	return answers.Open(ctx, d.record, by.Actor, c.Standing, id)
}

// runAnswers declares the numbers of a run, for those who may see them: as the result
// (of what is released exactly what left), as tables and as a data package.
func (d *door) runAnswers(noun string) {
	o := reading(noun, runKind, true, false, access.StudyRead)
	huma.Register(d.huma, d.declare(o.under("/result", "read-run-result")), func(ctx context.Context, in *one) (*answer[json.RawMessage], error) {
		a, err := d.answered(ctx, in.ID)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		text, err := a.JSON()
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &answer[json.RawMessage]{Body: text}, nil
	})
	for _, x := range []struct {
		o         operation
		mediaType string
		file      func(context.Context, answers.Answer) (name string, body []byte, err error)
	}{
		{o.under("/tables", "read-run-tables"), answers.WorkbookType, func(ctx context.Context, a answers.Answer) (string, []byte, error) {
			book, err := a.Workbook(calling(ctx).lang)
			return "tabel.xlsx", book, err
		}},
		{o.under("/package", "read-run-package"), answers.PackageType, func(ctx context.Context, a answers.Answer) (string, []byte, error) {
			var of study.Study
			var gone []answers.Gone
			if err := d.record.View(ctx, func(r *store.Reader) (err error) {
				if of, _, err = store.StudyOf(r, a.Run.Study); err == nil {
					gone, err = answers.GoneOf(r, a.Run)
				}
				return err
			}); err != nil {
				return "", nil, err
			}
			zip, err := a.Package(calling(ctx).lang, d.record.Now(), of.Title, gone)
			return a.PackageName(), zip, err
		}},
	} {
		h := d.declare(x.o)
		h.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{x.mediaType: {}}}}
		huma.Register(d.huma, h, func(ctx context.Context, in *one) (*huma.StreamResponse, error) {
			a, err := d.answered(ctx, in.ID)
			if err != nil {
				return nil, d.fail(ctx, err)
			}
			name, body, err := x.file(ctx, a)
			if err != nil {
				return nil, d.fail(ctx, err)
			}
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				ctx.SetHeader("Content-Type", x.mediaType)
				ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
				_, _ = ctx.BodyWriter().Write(body) // nobody is left to tell
			}}, nil
		})
	}
}

// leaving asks what would leave, with counts rounded or not.
type leaving struct {
	ID      string `path:"id" maxLength:"200"`
	Rounded bool   `query:"rounded"`
}

// runRelease declares what a checker sees before a run is let go, and letting it go.
func (d *door) runRelease(noun string) {
	looks := reading(noun, runKind, true, false, access.ReleaseCheck).under("/release", "read-run-release").bySecond()
	huma.Register(d.huma, d.declare(looks), func(ctx context.Context, in *leaving) (*answer[RunLeaves], error) {
		c := calling(ctx)
		out := RunLeaves{Asks: []DisclosureRule{}, Earlier: []RunEarlier{}}
		if err := d.record.View(ctx, func(r *store.Reader) error {
			x, _, err := store.RunOf(r, in.ID)
			if err != nil {
				return err
			}
			sight, err := store.SightOf(r, c.Standing, x)
			if err == nil && !sight.Checks {
				err = problem.New("answer-closed")
			}
			if err != nil {
				return err
			}
			all, err := answers.EarlierThan(r, d.record.Contents(), c.Standing, x)
			for _, e := range all {
				out.Earlier = append(out.Earlier, RunEarlier{e.Run.ID, e.Study.ID, e.Study.Title, string(e.Stage), e.At, e.By, e.Why, c.lacks(e.Problems), texts(e.Outcomes), texts(e.Cells), e.Left, e.Held})
			}
			return err
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		a, err := d.answered(ctx, in.ID)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		if in.Rounded {
			a = a.Rounded()
		}
		out.Numbers, out.Held, out.Public = numbersOf(a.Leaves()), texts(a.Gate.Held), a.Gate.Public
		for _, x := range a.Gate.Asks {
			out.Asks = append(out.Asks, DisclosureRule{x.Rule, x.Text(c.lang)})
		}
		return &answer[RunLeaves]{out}, nil
	})

	o := commanding(noun, runKind, "release", false)
	o.second = true // also of an office whose data were read
	answering(d, o, ReleaseRun{[]string{"belanja/att"}, false, OnObject{Seen{12}, Given{Why: "satu sel di bawah ambang"}}}, func(ctx context.Context, by store.By, id string, b ReleaseRun) (RunReleased, error) {
		a, e, err := answers.Release(ctx, d.record, by, id, b.Held, b.Rounded)
		if err != nil {
			return RunReleased{}, err
		}
		return RunReleased{done(e), a.Run.Release.Content, numbersOf(a.Leaves()), texts(a.Run.Release.Held), a.Run.Release.Rounded}, nil
	})
}
