package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"strings"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/intake/attachment"
	"github.com/dampak/dampak/internal/problem"
)

// attachField asks for a document; one that came with the form before, when
// something else was wrong, need not be chosen again.
func (c *call) attachField(name string, edit ...func(*field)) []field {
	fields := []field{c.field(name, "file", append([]func(*field){accept(strings.Join(attachment.Extensions(), ","))}, edit...)...)}
	if kept := c.r.PostForm.Get(name + "_kept"); c.keptFile(kept) != nil {
		fields[0].Help = c.t("attach.kept", "name", c.keptFile(kept).Name)
		fields = append(fields, field{Name: name + "_kept", Kind: "hidden", Value: kept})
	}
	return fields
}

// attachedFile is a document of a form with what could not be looked into.
type attachedFile struct {
	cooperation.File
	Notes []attachment.Note `json:"notes,omitempty"`
}

// keptFile reads what a form carries of a document that this session has uploaded;
// nil for what another has, or what somebody made up.
func (c *call) keptFile(kept string) *attachedFile {
	raw, err := base64.RawURLEncoding.DecodeString(c.sess.signed(kept, "attached"))
	var f attachedFile
	if err != nil || json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return &f
}

// sign packs a document so that this session alone can hand it back.
func (a attachedFile) sign(c *call) (string, error) {
	raw, err := json.Marshal(a)
	what := base64.RawURLEncoding.EncodeToString(raw)
	return what + "." + c.sess.sign(what, "attached"), err
}

// unseen says what of a document that was just attached a person has to look at.
func (c *call) unseen(kept string) []string {
	a := c.keptFile(kept)
	if a == nil {
		return nil
	}
	var all []string
	for _, n := range a.Notes {
		all = append(all, sentence(a.Name+": "+n.Text(c.lang)))
	}
	return all
}

// attach keeps the document that came with a form, once it was looked at, or that
// of the form before; nil: there was none. Errors: the problems that refuse it.
func (c *call) attach(name string) (*cooperation.File, error) {
	if c.r.MultipartForm == nil || len(c.r.MultipartForm.File[name]) == 0 || c.r.MultipartForm.File[name][0].Filename == "" {
		kept := c.r.PostForm.Get(name + "_kept")
		a := c.keptFile(kept)
		if a == nil {
			return nil, nil
		}
		c.attached = kept
		return &a.File, nil
	}
	head := c.r.MultipartForm.File[name][0]
	from, err := head.Open()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	body, err := io.ReadAll(from)
	if err != nil {
		return nil, err
	}
	checked, err := attachment.Check(c.ctx(), head.Filename, body)
	if err != nil {
		return nil, err
	}
	hash, size, err := c.o.Store.Contents().Put(c.ctx(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	a := attachedFile{cooperation.File{SHA256: hash, Name: checked.Name, Type: checked.Type, Bytes: size}, checked.Notes}
	if c.attached, err = a.sign(c); err != nil {
		return nil, err
	}
	c.r.PostForm.Set(name+"_kept", c.attached)
	return &a.File, nil
}

// attached is attach within the reading of a form: what refuses the document
// stands beside its field.
func (v *values) attached(name string) (*cooperation.File, error) {
	f, err := v.c.attach(name)
	if err != nil && len(problem.Of(err)) > 0 {
		v.add(name, err)
		err = nil
	}
	return f, err
}

// document answers with an attached document, as a file to keep.
func (c *call) document(f cooperation.File) error {
	body, err := c.kept(f.SHA256)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	c.send(f.Type, body)
	return nil
}

// kept reads a kept content whole: its hash is checked at the end, so nothing
// leaves before.
func (c *call) kept(hash string) ([]byte, error) {
	return c.o.Store.Contents().Read(hash)
}

// send answers with what somebody uploaded, which may do nothing in a browser.
func (c *call) send(mediaType string, body []byte) {
	c.w.Header().Set("Content-Type", mediaType)
	c.w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = c.w.Write(body) // a reader who has gone needs no answer
}
