package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// A file of rows comes as multipart/form-data. It is never a file of the disk: what
// arrives is sealed piece by piece (internal/intake/waiting) and forgotten when the
// answer is ready, and the rejected rows go back in that answer, once.

const (
	multipartType = "multipart/form-data"
	// fileTakes is how long a file may take to arrive, and checkTakes how long it may
	// then be looked at.
	fileTakes  = 15 * time.Minute
	checkTakes = 10 * time.Minute
	// mostSent is how many bytes an upload has at most with all that is said beside
	// the file.
	mostSent = waiting.MostBytes + 2*LargestBody
	// mostRejected is how many bytes of rejected rows go back.
	mostRejected = 16 << 20
)

// UploadResult is what came of a file, and the version or batch that it became.
type UploadResult struct {
	Done
	Number   int64     `json:"version_number,omitempty"`
	Draft    bool      `json:"draft"`
	Lacks    []Words   `json:"lacks"`
	Cautions []Caution `json:"cautions_found"`
	Checked
	Rejects
}

// Caution is something that somebody should look at.
type Caution struct {
	Code  string `json:"caution"`
	Words Words  `json:"words"`
}

// Rejects are the rows that were not taken, as they came in, with a last column that
// says why: CSV. They stand in this answer alone.
type Rejects struct {
	Rows string `json:"rejected_rows"`
	Cut  bool   `json:"rejected_rows_cut"`
}

// sent is a file with what was said beside it.
type sent struct {
	name string
	file *waiting.File
	said map[string]string
	lang i18n.Lang
}

// forget lets the file go; what waited of it is noise without its key.
func (s sent) forget() { _ = s.file.Close() }

// sending is the request of an upload, whose body huma does not read.
type sending struct {
	ID string `path:"id" maxLength:"200"`
	arriving
}

// arriving reads the body of an upload.
type arriving struct {
	kind string
	body io.Reader
}

// Resolve takes the body, and gives it the time that a file takes.
func (u *arriving) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	u.kind, u.body = r.Header.Get("Content-Type"), http.MaxBytesReader(w, r.Body, mostSent)
	now, to := time.Now(), http.NewResponseController(w)
	// A server that knows no deadlines has none to extend.
	_ = to.SetReadDeadline(now.Add(fileTakes))
	_ = to.SetWriteDeadline(now.Add(fileTakes + checkTakes))
	return nil
}

// receive takes the parts of an upload: the file into the room, fields as texts. The
// caller closes the file.
func (d *door) receive(ctx context.Context, u arriving, fields ...string) (s sent, err error) {
	lang := calling(ctx).lang
	kind, parameters, err := mime.ParseMediaType(u.kind)
	if err != nil || kind != multipartType || parameters["boundary"] == "" {
		return s, failure(lang, http.StatusUnsupportedMediaType, problem.New("api-multipart"))
	}
	s = sent{said: map[string]string{}, lang: lang}
	defer func() {
		if err != nil && s.file != nil {
			s.forget()
		}
	}()
	cut := func(err error) error {
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return failure(lang, http.StatusRequestEntityTooLarge, problem.New("api-large", "most", int64(mostSent)))
		case problem.Of(err) != nil || ctx.Err() != nil:
			return err
		case errors.Is(err, os.ErrDeadlineExceeded):
			return failure(lang, http.StatusRequestTimeout, problem.New("api-slow"))
		}
		return failure(lang, http.StatusBadRequest, problem.New("api-cut").Because(err))
	}
	for _, p := range partsOfAll {
		fields = append(fields, p.name)
	}
	from := multipart.NewReader(u.body, parameters["boundary"])
	for {
		p, err := from.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, cut(err)
		}
		switch name := p.FormName(); {
		case name == "file" && s.file == nil:
			if s.name = p.FileName(); s.name == "" {
				return s, wrongPart(lang, "file", problem.New("api-file-name"))
			}
			if s.file, err = d.waiting.Put(ctx, p); err != nil {
				return s, cut(err)
			}
		case !slices.Contains(fields, name):
			return s, wrongPart(lang, name, problem.New("api-field-unknown"))
		case s.has(name):
			return s, wrongPart(lang, name, problem.New("api-twice"))
		default:
			text, err := io.ReadAll(io.LimitReader(p, LargestBody+1))
			if err != nil {
				return s, cut(err)
			}
			if len(text) > LargestBody {
				return s, wrongPart(lang, name, problem.New("api-long", "limit", strconv.Itoa(LargestBody)))
			}
			s.said[name] = string(text)
		}
	}
	if s.file == nil {
		return s, wrongPart(lang, "file", problem.New("api-missing"))
	}
	return s, nil
}

func (s sent) has(name string) bool { _, ok := s.said[name]; return ok || name == "file" }

// wrongPart refuses a part of an upload.
func wrongPart(l i18n.Lang, name string, p *problem.Problem) *Problem {
	a := failure(l, http.StatusUnprocessableEntity, p)
	a.Errors = []Wrong{{"body." + name, p.Code, p.Text(l)}}
	a.Detail = a.Errors[0].Field + ": " + a.Errors[0].Detail
	return a
}

// given is who sent the file, from which position, why and on what they saw.
func (s sent) given(c caller, seen bool) (by store.By, err error) {
	why := s.said["why"]
	switch {
	case why == "":
		return by, wrongPart(s.lang, "why", problem.New("api-missing"))
	case len(why) > 2000:
		return by, wrongPart(s.lang, "why", problem.New("api-long", "limit", "2000"))
	}
	var n int64
	if seen {
		if n, err = strconv.ParseInt(s.said["seen"], 10, 64); err != nil || n < 1 {
			return by, wrongPart(s.lang, "seen", problem.New("api-number"))
		}
	}
	return c.command(Given{Why: why, ActingPosition: s.said["acting_position"]}, n)
}

// contract is the one that was sent, by its name or as JSON; nil: none.
func (s sent) contract() (*contract.Contract, error) {
	text := s.said["contract"]
	if text == "" {
		return nil, nil
	}
	if c, ok := contract.Named(text); ok {
		return c, nil
	}
	c, err := contract.Parse([]byte(text), "contract")
	if found := problem.Of(err); len(found) > 0 {
		a := failureOf(operation{}, s.lang, http.StatusUnprocessableEntity, found...)
		a.Errors = nil
		for _, p := range found {
			a.Errors = append(a.Errors, Wrong{"body.contract", p.Code, p.Text(s.lang)})
		}
		return nil, a
	}
	return c, err
}

// take checks a file and keeps what is accepted; the options say what is special. It
// adds the rejected rows to the error where nothing is.
func (d *door) take(ctx context.Context, s sent, o intake.Options) (*intake.Result, Rejects, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, checkTakes, problem.New("api-check-long", "minutes", int(checkTakes.Minutes())))
	defer cancel()
	done, err := d.waiting.Turn(ctx)
	if err != nil {
		return nil, Rejects{}, context.Cause(ctx)
	}
	defer done()
	var back cutting
	contents := d.record.Contents()
	o.Reading, o.From, o.Ring, o.RejectsTo, o.Lang, o.Keep = intake.Reading{Sheet: s.said["sheet"], Encoding: s.said["encoding"]}, s.file, d.ring, &back, s.lang, &contents
	o.Figures = intake.OfficialFigures(d.record)
	o.AllOrNothing = s.said["all_or_nothing"] == "true"
	r, err := intake.Take(ctx, s.name, o)
	rejects := back.rejects()
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, Rejects{}, context.Cause(ctx)
	case problem.Of(err) == nil:
		return r, rejects, err
	}
	a := inWordsOf(operating(ctx), s.lang, err)
	for i := range a.Errors {
		if a.Errors[i].Field == "" {
			a.Errors[i].Field = "body.file"
		}
	}
	var refused *intake.Refused
	if errors.As(err, &refused) { // all rows were seen
		a.Rejects = &rejects
	}
	return nil, Rejects{}, a
}

// cutting keeps what is written to it up to mostRejected.
type cutting struct {
	bytes.Buffer
	cut bool
}

// Write keeps as much as there is room for.
func (c *cutting) Write(p []byte) (int, error) {
	room := max(0, mostRejected-c.Len())
	c.cut = c.cut || len(p) > room
	_, _ = c.Buffer.Write(p[:min(len(p), room)]) // a buffer takes all
	return len(p), nil
}

// rejects gives whole rows.
func (c *cutting) rejects() Rejects {
	text := bytes.TrimPrefix(c.Bytes(), []byte("\ufeff"))
	if c.cut {
		quoted, end := false, 0
		for i, b := range text {
			switch {
			case b == '"':
				quoted = !quoted
			case b == '\n' && !quoted:
				end = i + 1
			}
		}
		text = text[:end]
	}
	return Rejects{string(text), c.cut}
}

// resultOf is what came of a file that was taken.
func resultOf(r *intake.Result, rejects Rejects) UploadResult {
	out := UploadResult{Draft: r.Evidence != nil, Lacks: []Words{}, Cautions: []Caution{}, Rejects: rejects,
		Checked: Checked{r.File, string(r.Form), r.SHA256, r.Rows.Read, r.Rows.Accepted, r.Rows.Rejected, r.Rows.Totals, r.Rows.Sections, []RuleCount{}, []Finding{}}}
	for _, c := range r.Counts {
		out.Counts = append(out.Counts, ruleCount(c))
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, findingOf(f))
	}
	for _, p := range r.Cautions {
		out.Cautions = append(out.Cautions, Caution{p.Code, inBoth(p.Text)})
	}
	for _, p := range r.Contract.Incomplete() {
		out.Lacks = append(out.Lacks, inBoth(p.Text))
	}
	return out
}

// part is one of the body of an upload, in the document.
type part struct {
	name    string
	needed  bool
	example string
}

// uploading declares what huma does not see of an upload: its body and its answer.
func (d *door) uploading(h huma.Operation, parts ...part) {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, p := range append([]part{{name: "file", needed: true}}, parts...) {
		key := "api.part." + h.OperationID + "." + p.name // one may mean something else in one place
		if !i18n.Has(d.lang, key) {
			key = "api.part." + p.name
		}
		s.Properties[p.name] = &huma.Schema{Type: huma.TypeString, Description: i18n.Text(d.lang, key, nil)}
		if p.needed {
			s.Required = append(s.Required, p.name)
		}
	}
	s.Properties["file"].Extensions = map[string]any{"contentMediaType": "application/octet-stream"}
	example := map[string]string{"file": "penerima-2026.csv"}
	for _, p := range parts {
		if p.example != "" {
			example[p.name] = p.example
		}
	}
	d.huma.OpenAPI().Paths[h.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{multipartType: {Schema: s, Example: example}}}
}

// partsOfAll are those of every upload.
var partsOfAll = []part{{"why", true, "penerima triwulan II 2026"}, {"all_or_nothing", false, "true"}, {"sheet", false, ""}, {"encoding", false, ""}, {"acting_position", false, ""}}

// uploads declares the upload of rows of a dataset.
func (d *door) uploads() {
	if d.waiting == nil {
		return
	}
	o := commanding("datasets", datasetKind, "new-version", false).under("/versions", "upload-version")
	h := d.declare(o)
	h.DefaultStatus = http.StatusCreated
	huma.Register(d.huma, h, func(ctx context.Context, in *sending) (*created[UploadResult], error) {
		out, err := d.uploadVersion(ctx, in)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &created[UploadResult]{Location: Base + "/datasets/" + in.ID + "/versions/" + strconv.FormatInt(out.Number, 10), Body: out}, nil
	})
	d.uploading(h, append([]part{{"seen", true, "12"}, {"contract", false, ""}}, partsOfAll...)...)
}

func (d *door) uploadVersion(ctx context.Context, in *sending) (out UploadResult, err error) {
	s, err := d.receive(ctx, in.arriving, "seen", "contract")
	if err != nil {
		return out, err
	}
	defer s.forget()
	by, err := s.given(calling(ctx), true)
	if err != nil {
		return out, err
	}
	o := intake.Options{}
	if o.Contract, err = s.contract(); err != nil {
		return out, err
	}
	var entry registry.Dataset
	if err := d.record.View(ctx, func(r *store.Reader) error {
		entry, _, err = store.DatasetOf(r, in.ID)
		return err
	}); err != nil {
		return out, err
	}
	if o.Contract == nil {
		if o.Contract, err = d.contractOf(entry); err != nil {
			return out, err
		}
	}
	o.Allow = func(r *intake.Result) error {
		_, err := entry.Stage(r.Version(), registry.Hand{})
		return err
	}
	r, rejects, err := d.take(ctx, s, o)
	if err != nil {
		return out, err
	}
	out = resultOf(r, rejects)
	number, e, err := d.record.StageDatasetVersion(ctx, by, in.ID, r.Version())
	out.Done, out.Number = done(e), number
	return out, err
}

// contractOf is the one of the version in use, or else of the newest that was not
// taken back; nil: there is none, and a draft is made from the file.
func (d *door) contractOf(entry registry.Dataset) (*contract.Contract, error) {
	v, ok := entry.Current()
	for i := len(entry.Versions) - 1; i >= 0 && !ok; i-- {
		v = entry.Versions[i]
		ok = v.State == registry.Staged || v.State == registry.Superseded
	}
	if !ok {
		return nil, nil
	}
	return contract.Read(d.record.Contents(), v.Contract)
}
