package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mpegts"
	"github.com/pion/rtp"
)

const (
	clockRate = 90000
	lasts     = 100 * time.Millisecond
)

type picture []byte

// film is H.264 from an MPEG transport stream, or motion JPEG from a folder of pictures; ten pictures a second.
type film struct {
	pictures []picture
	format   format.Format
	encode   func(content []byte) ([]*rtp.Packet, error)
}

func open(path string) *film {
	facts, err := os.Stat(path)
	check(err)
	if facts.IsDir() {
		return openFolder(path)
	}
	return openFile(path)
}

func openFolder(path string) *film {
	spoken := &format.MJPEG{}
	encoder, err := spoken.CreateEncoder()
	check(err)
	made := &film{format: spoken, encode: encoder.Encode}
	names, err := filepath.Glob(filepath.Join(path, "*.jpg"))
	check(err)
	for _, name := range names {
		content, err := os.ReadFile(name)
		check(err)
		made.pictures = append(made.pictures, picture(content))
	}
	return made
}

func openFile(path string) *film {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	reader := &mpegts.Reader{R: file}
	check(reader.Initialize())
	spoken := &format.H264{PayloadTyp: 96, PacketizationMode: 1}
	encoder, err := spoken.CreateEncoder()
	check(err)
	made := &film{format: spoken, encode: func(content []byte) ([]*rtp.Packet, error) {
		var units h264.AnnexB
		if err := units.Unmarshal(content); err != nil {
			return nil, err
		}
		return encoder.Encode(units)
	}}
	reader.OnDataH264(reader.Tracks()[0], func(_, _ int64, units [][]byte) error {
		content, err := h264.AnnexB(units).Marshal()
		made.pictures = append(made.pictures, picture(content))
		return err
	})
	for err == nil {
		err = reader.Read()
	}
	if !errors.Is(err, io.EOF) {
		check(err)
	}
	return made
}

// play sends the film at its own pace, for ever.
func (f *film) play(stream *gortsplib.ServerStream) {
	began, due := time.Now(), time.Duration(0)
	for {
		for _, each := range f.pictures {
			time.Sleep(time.Until(began.Add(due)))
			packets, err := f.encode(each)
			check(err)
			for _, packet := range packets {
				packet.Timestamp = uint32(due * clockRate / time.Second)
				check(stream.WritePacketRTP(stream.Desc.Medias[0], packet))
			}
			due += lasts
		}
	}
}
