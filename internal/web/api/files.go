package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/intake/attachment"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// A document comes in the body of the command that it belongs to, as base64: one
// way to send anything, checked as the rest of the body is, and kept only by who
// may give the command.

// LargestFile is how many bytes of a document are taken at most.
const LargestFile = 10 << 20

// largestUpload leaves room for base64 and for the rest of the body.
const largestUpload = LargestFile/3*4 + LargestBody

// uploadLasts is how long a body with a document may take: ten million bytes over
// the line of a sub-district.
const uploadLasts = 5 * time.Minute

// Upload is a document as it is sent.
type Upload struct {
	Name    string `json:"name" minLength:"1" maxLength:"200"`
	Content Base64 `json:"content"`
}

// Base64 is the content of a file.
type Base64 string

// Schema says so in the document. It is not checked against it: that would run a
// pattern over some million characters.
func (Base64) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Extensions: map[string]any{"contentEncoding": "base64"}}
}

// keep checks a document and keeps it; nil: none was sent. Errors: what is wrong
// with it.
func (d *door) keep(ctx context.Context, u *Upload) (*cooperation.File, error) {
	if u == nil {
		return nil, nil
	}
	content, err := base64.StdEncoding.DecodeString(string(u.Content))
	if err != nil {
		return nil, problem.New("api-base64", "field", "file.content")
	}
	if len(content) > LargestFile {
		return nil, problem.New("attachment-large", "name", u.Name, "found", (len(content)+1<<20-1)>>20, "most", LargestFile>>20, "field", "file")
	}
	checked, err := attachment.Check(ctx, u.Name, content)
	if err != nil {
		return nil, err
	}
	hash, size, err := d.record.Contents().Put(ctx, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if c := calling(ctx); c.notes != nil {
		for _, n := range checked.Notes {
			*c.notes = append(*c.notes, checked.Name+": "+n.Text(c.lang))
		}
	}
	return &cooperation.File{SHA256: hash, Name: checked.Name, Type: checked.Type, Bytes: size}, nil
}

// documents declares GET /{noun}/{id}/documents/{sha256}; find lists the documents
// of an object.
func (d *door) documents(noun, kind string, right access.Permission, find func(*store.Reader, string) ([]cooperation.File, error)) {
	o := reading(noun, kind, true, false, right)
	o.id, o.below = "read-document-"+kind, "/documents/{sha256}"
	h := d.declare(o)
	h.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{"*/*": {}}}}
	huma.Register(d.huma, h, func(ctx context.Context, in *struct {
		ID     string `path:"id" maxLength:"200"`
		SHA256 string `path:"sha256" maxLength:"64"`
	}) (*huma.StreamResponse, error) {
		var file cooperation.File
		if err := d.record.View(ctx, func(r *store.Reader) error {
			all, err := find(r, in.ID)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(f cooperation.File) bool { return f.SHA256 == in.SHA256 })
			if i < 0 {
				return problem.New("api-no-object", "noun", noun+"/"+in.ID+"/documents", "id", in.SHA256)
			}
			file = all[i]
			return nil
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		from, err := d.record.Contents().Open(file.SHA256)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		defer from.Close()
		content, err := io.ReadAll(from) // its hash is checked at the end, so nothing leaves before
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			ctx.SetHeader("Content-Type", file.Type)
			ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
			ctx.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
			_, _ = ctx.BodyWriter().Write(content) // nobody is left to tell
		}}, nil
	})
}
