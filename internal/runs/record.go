package runs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// mostAsked is how often the gate is asked about one answer. Whoever comes second shows
// something meanwhile, so that some run gets on each time.
const mostAsked = 20

// errOvertaken says that what the gate compared with is not all by now.
var errOvertaken = errors.New("runs: others have shown something of the same data meanwhile")

// draft is an answer that the record does not have yet.
type draft struct {
	study    *designs.Study
	result   result.Result
	measured []study.Measurement // of a baseline, instead of the result
	moments  *replay.Kept
	sources  []opened // that it was computed on
	answer   study.Answer
}

// record asks the first gate and brings the answer into the record. Whether papers are
// still open, and whether the gate has seen everything that was shown of the data, is
// asked in the transaction of the answer: papers may end and other processes may answer
// at any moment before it. What was put and did not come into the record goes.
func (j *job) record(ctx context.Context, d draft, opts engine.Options) (err error) {
	var put []string // of those tries that the record did not take
	defer func() {
		err = errors.Join(err, j.Store.DiscardContents(context.WithoutCancel(ctx), put...))
	}()
	for range mostAsked {
		shown, passed, err := j.gate(ctx, d.study, d.sources, opts)
		if err != nil {
			return err
		}
		hashes, err := j.put(ctx, &d, passed)
		put = append(put, hashes...)
		if err != nil {
			return err
		}
		looks, err := j.looks(ctx, &d)
		if err != nil {
			return err
		}
		// Not broken off in the middle: it is short, and asks for itself whether it may.
		_, err = j.Store.AnswerRun(context.WithoutCancel(ctx), j.worker, j.run.ID, d.answer, store.Along{Looks: looks, Still: func(from store.From) error { return j.still(from, d, shown) }})
		if err == nil {
			put = slices.DeleteFunc(put, func(hash string) bool { return slices.Contains(hashes, hash) })
			return nil
		}
		// A content that went meanwhile was another's who has put the same and gave it up.
		if lost := problem.Of(err); !errors.Is(err, errOvertaken) && (len(lost) == 0 || lost[0].Code != "content-missing") {
			return err
		}
	}
	return &unwritable{errOvertaken}
}

// still says what has changed since the answer was computed and the gate was asked.
func (j *job) still(from store.From, d draft, shown []string) error {
	if j.run.Dummy {
		return nil
	}
	_, now, err := gate(from, j.Store.Contents(), j.run, j.Store.Now())
	if err != nil {
		return err
	}
	if err := changed(d.sources, now); err != nil { // what was read is what the gate looked at
		return err
	}
	o := readBy(d.study, d.sources)
	if o.dataset.Class == registry.PublicData {
		return nil
	}
	all, err := store.AnsweredOn(from, o.data.Dataset)
	if err == nil && !slices.Equal(shown, idsOf(all)) {
		err = errOvertaken
	}
	return err
}

func idsOf(all []study.Run) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return ids
}

// looks are those that the answer is, and says how many rows each source had.
func (j *job) looks(ctx context.Context, d *draft) (all []access.Look, err error) {
	c, _, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	for i, o := range d.sources {
		t, ok := tableOf(d.moments, o.data.Name)
		if !ok || o.dataset.Class == registry.PublicData {
			continue
		}
		d.answer.Scope[i].Rows = t.Rows
		all = append(all, o.look(c, j.run, columnsOf(t), t.Rows))
	}
	return all, nil
}

// put keeps result, moments and what the gate said among the contents, and gives their
// hashes. Errors: *unwritable; what was put by then is among the hashes.
func (j *job) put(ctx context.Context, d *draft, passed []byte) (hashes []string, err error) {
	dir := filepath.Join(j.Dir, j.worker)
	for _, x := range []struct {
		into  *string
		write func(io.Writer) error
	}{
		{&d.answer.Result, func(w io.Writer) error {
			if j.run.Baseline() {
				return writeMeasured(w, d.measured)
			}
			return report.JSON(w, report.Input{Result: d.result, Study: d.study})
		}},
		{&d.answer.Moments, d.moments.Write},
		{&d.answer.Gate, func(w io.Writer) error { _, err := w.Write(passed); return err }},
	} {
		var b bytes.Buffer
		if err := x.write(&b); err != nil {
			return hashes, err
		}
		if err := note(dir, b.Bytes()); err != nil {
			return hashes, &unwritable{err}
		}
		hash, _, err := j.Store.Contents().Of(j.worker).Put(ctx, &b)
		if err != nil {
			return hashes, &unwritable{err}
		}
		*x.into, hashes = hash, append(hashes, hash)
	}
	return hashes, nil
}
