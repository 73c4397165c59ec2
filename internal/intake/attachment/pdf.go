package attachment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// maxMemory is what PDFium may use, in pages of WebAssembly of 64 KiB: 256 MiB.
const maxMemory = 4096

// compiled keeps PDFium as compiled for this machine, which takes seconds, from the
// first PDF on. It holds code alone: each file has a memory of its own.
var compiled = wazero.NewCompilationCache()

// lookPDF reads the text of every page, form field and annotation of a PDF.
func lookPDF(ctx context.Context, f *file) (err error) {
	// It has no folder and no network, and its time ends with ctx.
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(maxMemory).WithCloseOnContextDone(true).WithCompilationCache(compiled)
	pool, err := webassembly.Init(webassembly.Config{Context: ctx, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		return err
	}
	defer func() {
		var ignored error
		defer guard(&ignored)
		_ = pool.Close()
	}()
	reader, err := pool.GetInstance(maxTime)
	if err != nil {
		return err
	}
	return readPDF(f, reader)
}

func readPDF(f *file, reader pdfium.Pdfium) error {
	opened, err := reader.OpenDocument(&requests.OpenDocument{File: &f.content})
	switch {
	case errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity):
		return f.refuse("encrypted")
	case err != nil:
		return f.broken()
	}
	doc := opened.Document
	security, err := reader.FPDF_GetSecurityHandlerRevision(&requests.FPDF_GetSecurityHandlerRevision{Document: doc})
	if err != nil {
		return f.broken()
	}
	if security.SecurityHandlerRevision >= 0 { // -1: not encrypted
		return f.refuse("encrypted")
	}
	scripts, err := reader.FPDFDoc_GetJavaScriptActionCount(&requests.FPDFDoc_GetJavaScriptActionCount{Document: doc})
	if err != nil {
		return f.broken()
	}
	hidden, err := reader.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: doc})
	if err != nil {
		return f.broken()
	}
	pages, err := reader.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	switch {
	case err != nil || pages.PageCount == 0:
		return f.broken()
	// PDFium counts those that the catalogue names; others, such as an action on
	// opening, are found by their names unless they are packed.
	case scripts.JavaScriptActionCount > 0 || bytes.Contains(f.content, []byte("/JavaScript")):
		return f.refuse("macro")
	case hidden.AttachmentCount > 0 || bytes.Contains(f.content, []byte("/EmbeddedFile")):
		return f.refuse("hidden")
	case pages.PageCount > maxPages:
		return f.refuse("pages", "found", pages.PageCount, "most", maxPages)
	}
	if about, err := reader.GetMetaData(&requests.GetMetaData{Document: doc}); err == nil {
		for _, tag := range about.Tags {
			f.read(tag.Value, "properties")
		}
	}
	var unread []int
	for i := range pages.PageCount {
		seen, err := readPage(f, reader, doc, i)
		if err != nil {
			return err
		}
		if !seen {
			unread = append(unread, i+1)
		}
	}
	if len(unread) > 0 {
		f.notes = append(f.notes, Note{"scan", map[string]any{"n": len(unread), "of": pages.PageCount, "pages": unread[:min(len(unread), maxFound)], "more": len(unread) > maxFound}})
	}
	return nil
}

// readPage reads a page; false: it shows something and has no text.
func readPage(f *file, reader pdfium.Pdfium, doc references.FPDF_DOCUMENT, i int) (bool, error) {
	loaded, err := reader.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: i})
	if err != nil {
		return false, f.broken()
	}
	page := requests.Page{ByReference: &loaded.Page}
	defer func() { _, _ = reader.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	text, err := reader.GetPageText(&requests.GetPageText{Page: page})
	if err != nil {
		return false, f.broken()
	}
	for line := range strings.Lines(text.Text) {
		f.read(line, "page", "n", i+1)
	}
	objects, err := reader.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return false, f.broken()
	}
	marks, err := reader.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return false, f.broken()
	}
	for k := range marks.Count {
		mark, err := reader.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: k})
		if err != nil {
			continue // one that PDFium does not show either
		}
		for _, key := range []string{"Contents", "V"} { // a comment, the value of a form field
			if value, err := reader.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: mark.Annotation, Key: key}); err == nil {
				f.read(value.Value, "page", "n", i+1)
			}
		}
		_, _ = reader.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: mark.Annotation})
	}
	return strings.TrimSpace(text.Text) != "" || objects.Count == 0, nil
}
