package web

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	uploadroom "github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// An upload goes from a file to a version in steps, with a person between them:
//
//	file -> reading -> read (preview, contract) -> checking -> checked (result) -> keeping -> kept
//
// Until it is kept nothing of it is stored: the file waits sealed (room waiting), and
// what is known of it is in the memory of this process, by session. A session has
// one upload. Reading, checking and keeping run beside the requests, one at a time
// on this machine.

const (
	uploadWaits = 2 * time.Hour    // since a person last did something with it
	uploadTakes = 20 * time.Minute // one step
	uploadShown = 12               // rows of the preview
)

type uploadStage string

const (
	uploadReading  uploadStage = "reading"
	uploadRead     uploadStage = "read"
	uploadChecking uploadStage = "checking"
	uploadChecked  uploadStage = "checked"
	uploadKeeping  uploadStage = "keeping"
	uploadKept     uploadStage = "kept"
)

// running tells that the machine works, and not a person.
func (s uploadStage) running() bool {
	return s == uploadReading || s == uploadChecking || s == uploadKeeping
}

// uploads are those of all sessions. It is safe for concurrent use.
type uploads struct {
	room *uploadroom.Room
	now  func() time.Time
	mu   sync.Mutex
	all  map[string]*upload // by the hash of the session
}

func newUploads(room *uploadroom.Room, now func() time.Time) *uploads {
	return &uploads{room: room, now: now, all: map[string]*upload{}}
}

// upload is one of them.
type upload struct {
	room *uploadroom.Room
	rows atomic.Int64 // done of the step that runs

	mu       sync.Mutex
	stage    uploadStage
	ended    chan struct{} // closed when the step that runs has ended
	stop     context.CancelFunc
	until    time.Time
	gone     bool
	name     string              // of the file
	office   string              // id of the organisation whose data they are
	dataset  string              // id; empty: a new one
	kind     registry.FigureKind // of figures for the register; empty: rows of a dataset
	file     *uploadroom.File
	reading  intake.Reading
	preview  *intake.Preview
	contract *contract.Contract // against which rows are held
	result   *intake.Result
	review   *registry.FigureReview // of figures
	rejects  *uploadroom.File       // nil: there are none, or they were handed back
	handed   bool
	wrong    error  // what ended the last step
	number   int64  // of the version that was kept
	batch    string // id of the figures that were kept
}

// begin notes an upload of a session. Errors: a problem where it has one.
func (u *uploads) begin(session string, up *upload) error {
	u.sweep()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all[session] != nil {
		return problem.New("upload-one")
	}
	up.room, up.until = u.room, u.now().Add(uploadWaits)
	u.all[session] = up
	if len(u.all) == 1 {
		u.later()
	}
	return nil
}

// later sweeps even when nobody opens a page, as long as something waits.
func (u *uploads) later() {
	time.AfterFunc(uploadWaits/4, func() {
		u.sweep()
		u.mu.Lock()
		defer u.mu.Unlock()
		if len(u.all) > 0 {
			u.later()
		}
	})
}

// of gives the upload of a session, which waits anew from now on; nil where there is
// none.
func (u *uploads) of(session string) *upload {
	u.sweep()
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.all[session]
	if up != nil {
		up.mu.Lock()
		up.until = u.now().Add(uploadWaits)
		up.mu.Unlock()
	}
	return up
}

// drop forgets the upload of a session, whatever it is doing.
func (u *uploads) drop(session string) {
	u.mu.Lock()
	up := u.all[session]
	delete(u.all, session)
	u.mu.Unlock()
	if up != nil {
		up.forget()
	}
}

// sweep forgets what nobody came back to.
func (u *uploads) sweep() {
	u.mu.Lock()
	var over []*upload
	for session, up := range u.all {
		up.mu.Lock()
		if !u.now().Before(up.until) {
			over = append(over, up)
			delete(u.all, session)
		}
		up.mu.Unlock()
	}
	u.mu.Unlock()
	for _, up := range over {
		up.forget()
	}
}

// forget ends what runs and lets go of the bytes.
func (up *upload) forget() {
	up.mu.Lock()
	defer up.mu.Unlock()
	up.gone = true
	if up.stop != nil {
		up.stop()
	}
	up.release()
	if up.rejects != nil {
		_ = up.rejects.Close() // its bytes are noise either way
		up.rejects = nil
	}
}

// release lets go of the file.
func (up *upload) release() {
	if up.file != nil {
		_ = up.file.Close() // the same
		up.file = nil
	}
}

// run does a step beside the requests. What the step gives back is called once it
// has ended well, with the upload locked; then the upload stands at a stage. After an
// error it stands where it was.
func (up *upload) run(at, then uploadStage, step func(context.Context) (func(), error)) error {
	up.mu.Lock()
	defer up.mu.Unlock()
	before := up.stage
	if before.running() || up.gone {
		return problem.New("upload-busy")
	}
	ctx, stop := context.WithTimeout(context.Background(), uploadTakes)
	up.stage, up.stop, up.wrong = at, stop, nil
	ended := make(chan struct{})
	up.ended = ended
	up.rows.Store(0)
	go func() {
		defer close(ended)
		defer stop()
		done, err := up.turn(ctx, step)
		if errors.Is(err, context.DeadlineExceeded) {
			err = problem.New("upload-slow", "minutes", int(uploadTakes.Minutes()))
		}
		up.mu.Lock()
		defer up.mu.Unlock()
		up.stop = nil
		if up.stage, up.wrong = then, err; err != nil {
			up.stage = before
			return
		}
		done()
	}()
	return nil
}

// turn does a step when it is the only one on this machine.
func (up *upload) turn(ctx context.Context, step func(context.Context) (func(), error)) (done func(), err error) {
	defer func() { // a reader that fails on a file takes no other page with it
		if p := recover(); p != nil {
			done, err = nil, errPanicked
		}
	}()
	release, err := up.room.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return step(ctx)
}

var errPanicked = errors.New("a step of an upload panicked")

// wait waits until the step that runs has ended, or for a while.
func (up *upload) wait(ctx context.Context, most time.Duration) {
	up.mu.Lock()
	ended := up.ended
	up.mu.Unlock()
	if ended == nil {
		return
	}
	select {
	case <-ended:
	case <-ctx.Done():
	case <-time.After(most):
	}
}

// bytes are the file, what it came under and how it is read.
func (up *upload) bytes() (*uploadroom.File, string, intake.Reading) {
	up.mu.Lock()
	defer up.mu.Unlock()
	return up.file, up.name, up.reading
}

// read looks at the file whole; base is the contract that rows are held against, nil
// for the draft that is made of them.
func (up *upload) read(base *contract.Contract) error {
	file, name, reading := up.bytes()
	return up.run(uploadReading, uploadRead, func(ctx context.Context) (func(), error) {
		p, err := intake.Look(ctx, name, file, reading, uploadShown, up.rows.Store)
		return func() {
			up.preview, up.contract = p, base
			if base == nil {
				up.contract = p.Draft.Contract
			}
		}, err
	})
}

// check holds the rows against a contract and keeps nothing but the rejected rows,
// sealed, to be handed back once. Then is asked where rows were accepted.
func (up *upload) check(o intake.Options, then func(context.Context) (*registry.FigureReview, error)) error {
	file, name, _ := up.bytes()
	return up.run(uploadChecking, uploadChecked, func(ctx context.Context) (func(), error) {
		back, err := up.room.New()
		if err != nil {
			return nil, err
		}
		o.From, o.RejectsTo, o.Progress = file, back, up.rows.Store
		r, err := intake.Take(ctx, name, o)
		var refused *intake.Refused
		if err != nil && !errors.As(err, &refused) {
			return nil, errors.Join(err, back.Drop())
		}
		rejects, wrong := back.Done()
		if wrong != nil {
			return nil, wrong
		}
		var review *registry.FigureReview
		if refused == nil && then != nil {
			if review, err = then(ctx); err != nil {
				return nil, errors.Join(err, rejects.Close())
			}
		}
		up.mu.Lock()
		defer up.mu.Unlock()
		up.result, up.handed = nil, false
		if up.rejects != nil {
			_ = up.rejects.Close() // its bytes are noise either way
		}
		if up.rejects = rejects; up.gone || refused == nil && r.Rows.Rejected == 0 {
			_ = rejects.Close() // the same
			up.rejects = nil
		}
		return func() { up.result, up.review = r, review }, err // of a refused file the rows go back to be mended
	})
}

// state is what pages show of an upload, as it is at one moment.
type uploadState struct {
	stage    uploadStage
	rows     int64
	name     string
	office   string
	dataset  string
	kind     registry.FigureKind
	reading  intake.Reading
	preview  *intake.Preview
	contract *contract.Contract
	result   *intake.Result
	review   *registry.FigureReview
	rejects  bool
	handed   bool
	wrong    error
	number   int64
	batch    string
}

func (up *upload) state() uploadState {
	up.mu.Lock()
	defer up.mu.Unlock()
	return uploadState{up.stage, up.rows.Load(), up.name, up.office, up.dataset, up.kind, up.reading, up.preview, up.contract, up.result, up.review, up.rejects != nil, up.handed, up.wrong, up.number, up.batch}
}

// stands tells that a person may now do something that needs a stage.
func (s uploadState) stands(at ...uploadStage) error {
	if s.stage.running() {
		return problem.New("upload-busy")
	}
	if !slices.Contains(at, s.stage) {
		return problem.New("upload-order")
	}
	return nil
}
