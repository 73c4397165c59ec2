package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	figurelines "github.com/dampak/dampak/internal/intake/figures"
	uploadroom "github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// uploadPath is the page of the upload of the session, at whatever step it is.
const uploadPath = "/data/unggah"

func (p *Pages) uploadRoutes() []route {
	if p.office.Waiting == nil {
		return nil
	}
	return []route{
		{"GET", uploadPath, signedIn, p.signedIn(p.upload)}, {"POST", uploadPath, signedIn, p.signedIn(p.uploadSent)},
		{"POST", uploadPath + "/lembar", signedIn, p.changes(p.uploadSheet)}, {"POST", uploadPath + "/kontrak", signedIn, p.changes(p.uploadContract)},
		{"POST", uploadPath + "/ditolak", signedIn, p.changes(p.uploadRejects)}, {"POST", uploadPath + "/simpan", signedIn, p.changes(p.uploadKeep)},
		{"POST", uploadPath + "/batal", signedIn, p.changes(p.uploadDrop)},
	}
}

// quick is how long a page waits for a step before it shows the progress instead:
// most files of an office are done by then.
const quick = 1500 * time.Millisecond

// upload shows the upload of the session at its step, or the form that begins one.
func (p *Pages) upload(c *call) error {
	if !c.has(access.DatasetRegister) {
		return c.missing(access.DatasetRegister)
	}
	up := c.o.uploads.of(c.sess.Hash)
	if c.r.URL.Query().Get("bentuk") == "json" {
		return c.uploadProgress(up)
	}
	return c.uploadAt(http.StatusOK, up)
}

// uploadProgress answers the little program of the page of progress.
func (c *call) uploadProgress(up *upload) error {
	said := struct {
		Running bool   `json:"running"`
		Words   string `json:"words"`
	}{}
	if up != nil {
		s := up.state()
		said.Running, said.Words = s.stage.running(), c.uploadDoes(s)
	}
	c.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(c.w).Encode(said)
}

func (c *call) uploadDoes(s uploadState) string {
	return c.t("upload.does."+string(s.stage), "n", s.rows)
}

// uploadAt shows an upload at its step.
func (c *call) uploadAt(status int, up *upload) error {
	if up == nil {
		return c.uploadBegins(status, nil)
	}
	up.wait(c.ctx(), quick)
	s := up.state()
	if s.wrong != nil && problem.Of(s.wrong) == nil {
		c.o.Log.Error("an upload failed", "step", string(s.stage), "error", problem.Mask(s.wrong.Error()))
		s.wrong = problem.New("upload-failed")
	}
	if s.wrong != nil && status == http.StatusOK {
		status = statusOf(s.wrong)
	}
	switch {
	case s.stage.running():
		return c.uploadRuns(s)
	case s.stage == "": // it could not be read at all
		c.o.uploads.drop(c.sess.Hash)
		return c.uploadBegins(status, &fieldError{problem.Of(s.wrong), slices.Repeat([]string{"upload_file"}, len(problem.Of(s.wrong)))})
	case s.stage == uploadKept:
		return c.uploadDone(s)
	case s.stage == uploadChecked && c.r.URL.Query().Get("langkah") != "kontrak" && c.r.URL.Path != uploadPath+"/kontrak":
		return c.uploadFound(status, s)
	}
	return c.uploadReads(status, s)
}

// steps are the way of an upload, with where it stands.
func (c *call) uploadSteps(at int) block {
	var all []step
	for i, name := range []string{"choose", "read", "check", "keep"} {
		x := step{Title: c.t("upload.step." + name)}
		switch {
		case i < at:
			x.Kind, x.Word = "done", c.t("upload.step.done")
		case i == at:
			x.Kind, x.Word = "now", c.t("upload.step.now")
		default:
			x.Kind, x.Word = "empty", c.t("upload.step.later")
		}
		all = append(all, x)
	}
	return block{Steps: all}
}

func (c *call) uploadPage(heading, lead string, at int) sheet {
	return sheet{Heading: heading, Lead: lead, Title: c.t("upload"), Section: "data", Crumbs: []action{{Text: c.t("noun.dataset"), Link: c.link(nounPath["dataset"])}}, Blocks: []block{c.uploadSteps(at)}}
}

// uploadForm is a form of the page that leads to one of its addresses.
func (c *call) uploadForm(path, button string, fields ...field) *form {
	return &form{Action: c.link(uploadPath + path), Button: c.t(button), Token: c.sess.formToken(uploadPath + path), Fields: fields, Screen: true}
}

// dropBlock lets somebody let go of the upload.
func (c *call) dropBlock(button string) block {
	f := c.uploadForm("/batal", button)
	f.Plain = true
	return block{Form: f}
}

// uploadOffices are the offices for which somebody may take data in, by name.
func (c *call) uploadOffices(r *store.Reader) ([]registry.Organisation, error) {
	all, err := store.Organisations(r, c.who, store.Page{})
	all = slices.DeleteFunc(all, func(o registry.Organisation) bool {
		return c.who.May(access.DatasetRegister, access.Place{Region: o.Region, Organisation: o.ID}) != nil
	})
	sortByRegion(all, c.today())
	return all, err
}

// uploadBegins shows the form that begins an upload.
func (c *call) uploadBegins(status int, wrong error) error {
	f := c.uploadForm("", "upload.begin")
	f.Upload = true
	err := c.view(func(r *store.Reader) error {
		offices, err := c.uploadOffices(r)
		if err != nil {
			return err
		}
		names := map[string]string{}
		var of []option
		for _, o := range offices {
			names[o.ID] = o.NameOn(c.today()).Short
			of = append(of, option{o.ID, o.NameOn(c.today()).Full})
		}
		what := []option{{"new", c.t("upload.what.new")}, {contract.Budgets, c.t("upload.what.budgets")}, {contract.Disbursements, c.t("upload.what.disbursements")}}
		datasets, err := store.Datasets(r, c.who, store.Page{})
		for _, d := range datasets {
			if name, ok := names[d.Owner]; ok && d.State() == "active" {
				what = append(what, option{d.ID, c.t("upload.what.version", "name", d.Name, "office", name)})
			}
		}
		f.Fields = append(f.Fields, c.field("upload_what", "select", c.choose(what), value(c.r.URL.Query().Get("data"))))
		if len(of) != 1 {
			f.Fields = append(f.Fields, c.field("upload_office", "select", c.choose(of), when(c.t("upload.office.when"))))
			f.Fields[1].Required = false
		}
		f.Fields = append(f.Fields, c.field("upload_file", "file", required, accept(strings.Join(intake.Endings(), ",")), help(c.t("field.upload_file.help", "most", uploadroom.MostBytes>>20))))
		return err
	})
	if err != nil {
		return err
	}
	c.keep(f.Fields, false)
	if wrong != nil && !f.place(c, wrong) {
		return wrong
	}
	s := c.uploadPage(c.t("upload.heading"), c.t("upload.lead"), 0)
	s.Blocks = append(s.Blocks, block{Form: f}, block{Title: c.t("upload.promise"), Lines: strings.Split(c.t("upload.promise.lines"), "\n")})
	c.sheet(status, s)
	return nil
}

func help(v string) func(*field) { return func(f *field) { f.Help = v } }

// uploadSent takes a file in as it arrives, sealed, and begins to read it.
func (p *Pages) uploadSent(c *call) error {
	if c.who.Viewer != "" {
		return problem.New("denied-viewing", "name", c.who.Name)
	}
	if !c.has(access.DatasetRegister) {
		return c.missing(access.DatasetRegister)
	}
	file, name, err := c.receive()
	if err != nil && (len(problem.Of(err)) == 0 || !strings.HasPrefix(problem.Of(err)[0].Code, "upload-")) {
		return err
	}
	v := &values{c: c}
	v.add("upload_file", err)
	up := &upload{file: file, name: name}
	var base *contract.Contract
	if err == nil || file == nil {
		base, err = c.uploadFor(v, up)
	}
	if err = cmp.Or(err, v.err()); err == nil {
		err = c.o.uploads.begin(c.sess.Hash, up)
	}
	if err == nil {
		err = up.read(base)
	}
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return c.uploadBegins(statusOf(err), err)
	}
	up.wait(c.ctx(), quick)
	if s := up.state(); s.stage == "" {
		return c.uploadAt(http.StatusOK, up)
	}
	c.redirect(uploadPath)
	return nil
}

// uploadFor reads for which office and dataset a file is. Of a dataset that has rows
// it gives the contract of the newest.
func (c *call) uploadFor(v *values, up *upload) (base *contract.Contract, err error) {
	what := v.text("upload_what")
	if what == "" {
		v.add("upload_what", problem.New("choose"))
		return nil, nil
	}
	err = c.view(func(r *store.Reader) error {
		offices, err := c.uploadOffices(r)
		if err != nil {
			return err
		}
		table, shipped := contract.Named(what)
		if what == "new" || shipped {
			up.office = v.text("upload_office")
			if up.office == "" && len(offices) == 1 {
				up.office = offices[0].ID
			}
			if !slices.ContainsFunc(offices, func(o registry.Organisation) bool { return o.ID == up.office }) {
				v.add("upload_office", problem.New("choose"))
			}
			if shipped {
				base = table
				up.kind, _ = figurelines.For(table)
			}
			return nil
		}
		d, ok, err := store.DatasetOf(r, what)
		if err != nil {
			return err
		}
		if !ok || !slices.ContainsFunc(offices, func(o registry.Organisation) bool { return o.ID == d.Owner }) {
			v.add("upload_what", problem.New("choose"))
			return nil
		}
		up.office, up.dataset = d.Owner, d.ID
		if n := len(d.Versions); n > 0 {
			base, err = c.contractOf(d.Versions[n-1])
		}
		return err
	})
	return base, err
}

// contractOf reads the contract that a version was held against.
func (c *call) contractOf(v registry.DatasetVersion) (*contract.Contract, error) {
	return contract.Read(c.o.Store.Contents(), v.Contract)
}

// receive reads a form with a file in it as a stream: the file is sealed as it
// arrives, so that none of it lies on a disk or whole in memory. What stands before
// the file is in PostForm; the form's token is taken before the file is read.
func (c *call) receive() (*uploadroom.File, string, error) {
	c.r.Body = io.NopCloser(&patient{Reader: http.MaxBytesReader(c.w, c.r.Body, 4*uploadroom.MostBytes), c: http.NewResponseController(c.w)})
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, "", errReplayed // no form of ours
	}
	c.r.PostForm = url.Values{}
	take := func() error {
		if ok, err := c.o.sessions.takeToken(c.ctx(), c.sess, c.r.PostForm.Get("form"), c.r.URL.Path); err != nil || !ok {
			return cmp.Or(err, errReplayed)
		}
		return nil
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, "", cmp.Or(take(), error(problem.New("upload-none")))
		}
		if err != nil {
			return nil, "", problem.New("form-unreadable").Because(err)
		}
		if part.FormName() != "upload_file" {
			b, err := io.ReadAll(io.LimitReader(part, mostBody))
			if err != nil {
				return nil, "", problem.New("form-unreadable").Because(err)
			}
			c.r.PostForm.Add(part.FormName(), string(b))
			continue
		}
		if err := take(); err != nil {
			return nil, "", err
		}
		if part.FileName() == "" {
			return nil, "", problem.New("upload-none")
		}
		file, err := c.o.Waiting.Put(c.ctx(), part)
		if err != nil && len(problem.Of(err)) == 0 {
			return nil, "", problem.New("form-unreadable").Because(err)
		}
		if err != nil {
			_, _ = io.Copy(io.Discard, part) // a browser shows the answer only when it has sent all
		}
		return file, part.FileName(), err
	}
}

// patient lets a slow connection go on as long as something arrives.
type patient struct {
	io.Reader
	c    *http.ResponseController
	next time.Time
}

// How long nothing may arrive, and how long the answer may take after it.
const (
	bytesWithin  = 30 * time.Second
	answerWithin = 3 * time.Minute
)

// Read satisfies io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); now.After(p.next) { // of the connection, not of the record
		_ = p.c.SetReadDeadline(now.Add(bytesWithin))   // a server without deadlines waits anyway
		_ = p.c.SetWriteDeadline(now.Add(answerWithin)) // the same
		p.next = now.Add(bytesWithin / 6)
	}
	return p.Reader.Read(b)
}

// uploadRuns shows how far a step is.
func (c *call) uploadRuns(s uploadState) error {
	at := map[uploadStage]int{uploadReading: 1, uploadChecking: 2, uploadKeeping: 3}[s.stage]
	page := c.uploadPage(c.uploadDoes(s), c.t("upload.runs.lead", "file", s.name), at)
	page.Live = c.link(uploadPath + "?bentuk=json")
	page.Blocks = append(page.Blocks, c.dropBlock("upload.stop"))
	c.sheet(http.StatusOK, page)
	return nil
}

// mine gives the upload of the session where a person may do something at a stage.
func (c *call) mine(at ...uploadStage) (*upload, uploadState, error) {
	up := c.o.uploads.of(c.sess.Hash)
	if up == nil {
		return nil, uploadState{}, problem.New("upload-gone")
	}
	s := up.state()
	return up, s, s.stands(at...)
}

// uploadSheet reads another sheet of the workbook.
func (p *Pages) uploadSheet(c *call) error {
	up, s, err := c.mine(uploadRead, uploadChecked)
	if err != nil {
		return err
	}
	sheet := c.r.PostForm.Get("sheet")
	if !slices.Contains(s.preview.Sheets, sheet) {
		return problem.New("upload-order")
	}
	base := s.contract
	if s.dataset == "" && s.kind == "" {
		base = nil
	}
	up.mu.Lock()
	up.reading.Sheet = sheet
	up.mu.Unlock()
	if err := up.read(base); err != nil {
		return err
	}
	c.redirect(uploadPath)
	return nil
}

// uploadContract takes the contract as a person has settled it, and checks every row.
func (p *Pages) uploadContract(c *call) error {
	up, s, err := c.mine(uploadRead, uploadChecked)
	if err != nil {
		return err
	}
	k := s.contract
	if s.kind == "" {
		if k, err = c.typedContract(s); err != nil {
			s.wrong = err
			return c.uploadReads(statusOf(err), s)
		}
	}
	up.mu.Lock()
	up.contract = k
	up.mu.Unlock()
	o := intake.Options{Reading: s.reading, Contract: k, Ring: passingRing, Lang: c.lang, Figures: intake.OfficialFigures(c.o.Store)}
	var review func(context.Context) (*registry.FigureReview, error)
	if s.kind != "" {
		rows, err := c.o.lines(c.ctx(), s)
		if err != nil {
			return err
		}
		o.Rows = rows.Rows
		review = func(ctx context.Context) (*registry.FigureReview, error) { return c.o.review(ctx, rows) }
	}
	if err := up.check(o, review); err != nil {
		return err
	}
	c.redirect(uploadPath)
	return nil
}

// uploadRejects hands the rejected rows back, once: then they are nowhere.
func (p *Pages) uploadRejects(c *call) error {
	up, _, err := c.mine(uploadRead, uploadChecked, uploadKept)
	if err != nil {
		return err
	}
	up.mu.Lock()
	f, name := up.rejects, up.name
	if up.rejects = nil; f != nil {
		up.handed = true
	}
	up.mu.Unlock()
	if f == nil {
		return problem.New("upload-handed")
	}
	defer func() { _ = f.Close() }() // its bytes are noise either way
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	c.attachment("text/csv; charset=utf-8", c.t("upload.rejects.file", "name", problem.Mask(name)))
	_, _ = io.Copy(c.w, io.NewSectionReader(f, 0, f.Size())) // a reader who has gone needs no answer
	return nil
}

// uploadDrop lets go of the upload.
func (p *Pages) uploadDrop(c *call) error {
	c.o.uploads.drop(c.sess.Hash)
	c.redirect(uploadPath)
	return nil
}

// uploadFound shows what the check found, before anything is kept.
func (c *call) uploadFound(status int, s uploadState) error {
	r := s.result
	page := c.uploadPage(c.t("upload.found", "accepted", r.Rows.Accepted, "read", r.Rows.Read, "rejected", r.Rows.Rejected), c.t("upload.found.lead", "file", r.File), 2)
	if s.review != nil {
		lines := append([]string{c.t("upload.figures", "new", s.review.New, "corrected", s.review.Corrected, "repeated", s.review.Repeated)}, c.sayAll(s.review.Cautions)...)
		page.Blocks = append(page.Blocks, block{ID: "angka", Title: c.t("upload.figures.title"), Lines: lines})
	}
	page.Blocks = append(page.Blocks, c.resultBlocks(r)...)
	if r.Rows.Rejected > 0 {
		page.Blocks = append(page.Blocks, c.rejectsBlock(s))
	}
	f := c.uploadForm("/simpan", "upload.keep", c.field("why", "area", labelled(c.t("field.why.optional"))))
	f.Button = c.t("upload.keep", "n", r.Rows.Accepted)
	if seats := c.seats(); len(seats) > 0 {
		f.Fields = append(f.Fields, c.field("acting", "select", options(append(seats, option{"", c.t("acting.none")})), value(seats[0].Value)))
	}
	c.keep(f.Fields, false)
	if s.wrong != nil && !f.place(c, s.wrong) {
		return s.wrong
	}
	key := "upload.keep.note"
	if s.kind != "" {
		key = "upload.keep.figures"
	}
	if r.Rows.Rejected > 0 {
		key = "upload.keep.some"
	}
	if lines := c.sayAll(r.Contract.Incomplete()); len(lines) > 0 && s.kind == "" {
		page.Blocks = append(page.Blocks, block{Title: c.t("upload.lacks"), Lines: lines, Actions: []action{{Text: c.t("upload.back"), Link: c.link(uploadPath + "?langkah=kontrak"), Plain: true}}})
	}
	page.Blocks = append(page.Blocks, block{Title: c.t("upload.decide"), Note: c.t(key, "rejected", r.Rows.Rejected)}, block{Form: f}, block{Actions: []action{{Text: c.t("upload.back"), Link: c.link(uploadPath + "?langkah=kontrak"), Plain: true}}}, c.dropBlock("upload.drop"))
	c.sheet(status, page)
	return nil
}

// resultBlocks say which rules rows broke and what was noticed.
func (c *call) resultBlocks(r *intake.Result) []block {
	var all []block
	if len(r.Counts) > 0 {
		t := table{Head: c.heads("rule", "rows")}
		for _, x := range r.Counts {
			t.Rows = append(t.Rows, []cell{text(c.says(intake.CountProblem(x))), c.count(x.Rows)})
		}
		all = append(all, block{ID: "aturan", Title: c.t("upload.rules"), Table: &t})
	}
	lines := c.sayAll(r.Cautions)
	if r.Rows.Totals+r.Rows.Sections > 0 {
		lines = append(lines, c.t("upload.skipped", "totals", r.Rows.Totals, "sections", r.Rows.Sections))
	}
	if len(lines) > 0 {
		all = append(all, block{ID: "catatan", Title: c.t("upload.cautions"), Lines: lines})
	}
	return all
}

// sayAll puts problems of the one file of a page into words, without its name.
func (c *call) sayAll(list problem.List) []string {
	var all []string
	for _, p := range list {
		one := *p
		one.File = ""
		all = append(all, c.says(&one))
	}
	return all
}

// rejectsBlock offers the rejected rows, which are handed back once.
func (c *call) rejectsBlock(s uploadState) block {
	b := block{ID: "ditolak", Title: c.t("upload.rejects"), Note: c.t("upload.rejects.once")}
	if s.rejects {
		b.Form = c.uploadForm("/ditolak", "upload.rejects.get")
	} else if s.handed {
		b.Note = c.t("upload.rejects.handed")
	}
	return b
}

// uploadDone shows what was kept, and who comes next.
func (c *call) uploadDone(s uploadState) error {
	if s.kind != "" {
		page := c.uploadPage(c.t("upload.done.figures", "rows", s.result.Rows.Accepted), c.t("upload.done.lead"), 4)
		if s.rejects || s.handed {
			page.Blocks = append(page.Blocks, c.rejectsBlock(s))
		}
		page.Blocks = append(page.Blocks, block{Actions: []action{{Text: c.t("upload.done.table"), Link: c.link(nounPath["figures"] + "/" + s.batch)}}}, c.dropBlock("upload.another"))
		c.sheet(http.StatusOK, page)
		return nil
	}
	name, entry := "", ""
	err := c.view(func(r *store.Reader) error {
		d, _, err := store.DatasetOf(r, s.dataset)
		name, entry = d.Name, c.link(nounPath["dataset"]+"/"+d.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := c.uploadPage(c.t("upload.done", "number", s.number, "name", name, "rows", s.result.Rows.Accepted), c.t("upload.done.lead"), 4)
	if s.rejects || s.handed {
		page.Blocks = append(page.Blocks, c.rejectsBlock(s))
	}
	page.Blocks = append(page.Blocks, block{Actions: []action{{Text: c.t("upload.done.open"), Link: entry}}}, c.dropBlock("upload.another"))
	c.sheet(http.StatusOK, page)
	return nil
}
