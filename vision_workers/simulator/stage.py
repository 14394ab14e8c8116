"""The renderer: Panda3D's software pipe draws a store and the figures in it from any camera.

The only file that knows Panda3D; one stage draws pictures of one size.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Picture
from vision_workers.simulator import paint
from vision_workers.simulator.errors import RendererMissing
from vision_workers.simulator.figures import Part
from vision_workers.simulator.furniture import Block
from vision_workers.simulator.goods import Good
from vision_workers.simulator.lenses import NEAR_M, Array, Lens
from vision_workers.simulator.meshes import Mesh, mesh
from vision_workers.simulator.plans import Plan

SUN = np.array([0.35, -0.45, 0.82])
AMBIENT, DIRECT, FILL = 0.62, 0.5, 0.2
FLOOR_TILE_M = 4.0
FAR_M = 80.0
RGBA = 4
INDOORS = 0.85
"""How bright goods are: that of furniture whose side is turned to the store's front."""
STREET_M = 4.0
"""How much floor is drawn around the shop."""


class Stage:
    """Draws one store with whoever is in it."""

    def __init__(
        self,
        plan: Plan,
        blocks: Sequence[Block],
        size: tuple[int, int],
        rng: np.random.Generator,
        prints: Mapping[str, paint.Paint] | None = None,
    ) -> None:
        self._p3 = _panda3d()
        self._rng = rng
        self._size = size
        self._meshes: dict[str, Any] = {}
        self._bodies: dict[int, list[Any]] = {}
        self._root = self._p3.NodePath("store")
        self._root.set_bin("unsorted", 0)  # as attached: Panda3D's own order, by memory address, tells in the pixels
        self._engine = self._p3.GraphicsEngine.get_global_ptr()
        self._window, self._texture = self._open_window()
        self._camera, self._lens = self._hang_camera()
        self._shadow = self._paint(np.zeros((4, 4, 3), np.uint8), opacity=paint.shadow())
        self._build(plan, blocks)
        # pictures stand on their heads in Panda3D
        self._prints = {name: self._paint(each[::-1]) for name, each in (prints or {}).items()}
        self._goods: dict[str, Any] = {}
        self._shelved = self._root.attach_new_node("goods")
        self._people = self._root.attach_new_node("people")
        self._light()

    def close(self) -> None:
        """Give the window back."""
        self._engine.remove_window(self._window)
        self._root.remove_node()

    def draw(
        self,
        lens: Lens,
        figures: Mapping[int, Sequence[Part]],
        goods: Mapping[str, Good] | None = None,
        *,
        shadows: bool = True,
    ) -> Picture:
        """Return what a camera sees (height x width x 3, BGR) of figures and goods.

        A figure's number keeps its looks, a good's name its print.
        """
        self._aim(lens)
        self._put(goods or {})
        for number in self._bodies.keys() - figures.keys():
            for node in self._bodies.pop(number):
                node.remove_node()
        for number, parts in figures.items():
            self._pose(number, parts)
            if not shadows:
                self._bodies[number][-1].hide()
        self._engine.render_frame()
        image = np.frombuffer(self._texture.get_ram_image_as("BGR"), dtype=np.uint8)
        return image.reshape(self._size[1], self._size[0], 3)[::-1]

    def _open_window(self) -> tuple[Any, Any]:
        p3 = self._p3
        kinds = p3.GraphicsPipeSelection.get_global_ptr()
        kinds.load_aux_modules()
        types = [kinds.get_pipe_type(n) for n in range(kinds.get_num_pipe_types())]
        pipe = kinds.make_pipe(next(t for t in types if t.name == "TinyOffscreenGraphicsPipe"))
        pixels = p3.FrameBufferProperties()
        pixels.set_rgb_color(True)
        pixels.set_depth_bits(24)
        size = p3.WindowProperties.size(*self._size)
        window = self._engine.make_output(pipe, "stage", 0, pixels, size, p3.GraphicsPipe.BF_refuse_window)
        window.set_clear_color(p3.LColor(0.6, 0.62, 0.65, 1))
        texture = p3.Texture()
        window.add_render_texture(texture, p3.GraphicsOutput.RTM_copy_ram)
        return window, texture

    def _hang_camera(self) -> tuple[Any, Any]:
        lens = self._p3.PerspectiveLens()
        lens.set_near_far(NEAR_M, FAR_M)
        camera = self._root.attach_new_node(self._p3.Camera("camera", lens))
        self._window.make_display_region().set_camera(camera)
        return camera, lens

    def _aim(self, lens: Lens) -> None:
        self._lens.set_aspect_ratio(lens.aspect)
        self._lens.set_fov(lens.view_deg)
        self._camera.set_pos(*lens.position)
        self._camera.look_at(self._p3.LPoint3(*lens.target), self._p3.LVector3(0, 0, 1))

    def _build(self, plan: Plan, blocks: Sequence[Block]) -> None:
        wide, deep, out = *plan.floor, STREET_M
        ground = self._root.attach_new_node(_flat_geom(self._p3, wide + 2 * out, deep + 2 * out, FLOOR_TILE_M))
        ground.set_pos(-out, -out, 0)
        ground.set_texture(self._paint(paint.floor(plan.floor_kind, self._rng)))
        ground.set_light_off()
        store = self._root.attach_new_node(_blocks_geom(self._p3, blocks))
        store.set_light_off()

    def _light(self) -> None:
        p3 = self._p3
        ambient = p3.AmbientLight("ambient")
        ambient.set_color(p3.LColor(AMBIENT, AMBIENT, AMBIENT, 1))
        self._people.set_light(self._people.attach_new_node(ambient))
        for number, (strength, direction) in enumerate(((DIRECT, -SUN), (FILL, SUN * [1.0, 1.0, -1.0]))):
            light = p3.DirectionalLight("light")
            light.set_priority(number)  # added up in this order, else by memory address
            light.set_color(p3.LColor(strength, strength, strength, 1))
            light.set_direction(p3.LVector3(*direction))
            self._people.set_light(self._people.attach_new_node(light))

    def _put(self, goods: Mapping[str, Good]) -> None:
        for name in self._goods.keys() - goods.keys():
            self._goods.pop(name).remove_node()
        for name, good in goods.items():
            if name not in self._goods:
                self._goods[name] = self._make_good(good)
            self._goods[name].set_mat(self._p3.LMatrix4(*good.matrix.T.ravel().tolist()))

    def _make_good(self, good: Good) -> Any:
        node = self._shelved.attach_new_node(self._shape("box"))
        node.set_texture(self._prints[good.print])
        node.set_color(INDOORS, INDOORS, INDOORS, 1)
        node.set_light_off()
        return node

    def _pose(self, number: int, parts: Sequence[Part]) -> None:
        nodes = self._bodies.get(number) or self._make_body(number, parts)
        for node, part in zip(nodes, parts, strict=False):
            node.set_mat(self._p3.LMatrix4(*part.matrix.T.ravel().tolist()))
        x, y = np.mean([part.matrix[:2, 3] for part in parts], axis=0)
        nodes[-1].set_pos(float(x), float(y), 0.012)

    def _make_body(self, number: int, parts: Sequence[Part]) -> list[Any]:
        nodes: list[Any] = []
        cloths: dict[str, Any] = {}
        for part in parts:
            node = self._people.attach_new_node(self._shape(part.mesh))
            node.set_color(*part.colour, 1)
            if part.fabric != "plain":
                cloths.setdefault(part.fabric, self._paint(paint.cloth(part.fabric, self._rng)))
                node.set_texture(cloths[part.fabric])
            nodes.append(node)
        nodes.append(self._make_shadow())
        self._bodies[number] = nodes
        return nodes

    def _make_shadow(self) -> Any:
        p3 = self._p3
        node = self._root.attach_new_node(_flat_geom(p3, 1.0, 1.0, 1.0, centred=True))
        node.set_texture(self._shadow)
        node.set_transparency(p3.TransparencyAttrib.M_alpha)
        node.set_depth_write(False)
        node.set_scale(1.1)
        return node

    def _shape(self, name: str) -> Any:
        if name not in self._meshes:
            self._meshes[name] = _mesh_geom(self._p3, mesh(name))
        return self._meshes[name].make_copy()

    def _paint(self, colours: paint.Paint, opacity: paint.Paint | None = None) -> Any:
        if opacity is not None:
            black = np.zeros((*opacity.shape, 4), np.uint8)
            black[..., 3] = opacity
            return _texture(self._p3, black)
        return _texture(self._p3, colours[..., ::-1])


def _panda3d() -> Any:
    try:
        import panda3d.core as p3  # noqa: PLC0415 - a development extra
    except ImportError as missing:
        raise RendererMissing from missing
    p3.load_prc_file_data("", "load-display p3tinydisplay\nnotify-level error\naux-display")
    return p3


def _texture(p3: Any, pixels: paint.Paint) -> Any:
    texture = p3.Texture()
    height, width, channels = pixels.shape
    kind = p3.Texture.F_rgba if channels == RGBA else p3.Texture.F_rgb
    texture.setup_2d_texture(width, height, p3.Texture.T_unsigned_byte, kind)
    texture.set_ram_image(np.ascontiguousarray(pixels).tobytes())
    texture.set_minfilter(p3.SamplerState.FT_linear_mipmap_linear)
    return texture


def _mesh_geom(p3: Any, shape: Mesh) -> Any:
    rows = np.hstack([shape.vertices, shape.normals, shape.coordinates])
    return _geom(p3, p3.GeomVertexFormat.get_v3n3t2(), rows, shape.triangles)


def _flat_geom(p3: Any, wide: float, deep: float, tile: float, *, centred: bool = False) -> Any:
    """A floor in pieces of a tile, since the software renderer clips large triangles badly."""
    nx, ny = max(1, round(wide / tile)), max(1, round(deep / tile))
    shift = np.array([wide, deep]) / 2 if centred else np.zeros(2)
    rows: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    for i, j in ((i, j) for i in range(nx) for j in range(ny)):
        first = len(rows)
        for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
            x, y = np.array([(i + u) * wide / nx, (j + v) * deep / ny]) - shift
            rows.append([x, y, 0, 0, 0, 1, u, v])
        triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    return _geom(p3, p3.GeomVertexFormat.get_v3n3t2(), np.array(rows), np.array(triangles))


def _blocks_geom(p3: Any, blocks: Sequence[Block]) -> Any:
    cube = mesh("box")
    shade = AMBIENT + DIRECT * np.maximum(0, cube.normals @ SUN)
    rows, triangles = [], []
    for n, block in enumerate(blocks):
        colours = np.clip(shade[:, None] * np.array(block.colour), 0, 1)
        rows.append(np.hstack([cube.vertices * block.size + block.base, colours, np.ones((len(cube.vertices), 1))]))
        triangles.append(cube.triangles + n * len(cube.vertices))
    return _geom(p3, p3.GeomVertexFormat.get_v3c4(), np.vstack(rows), np.vstack(triangles))


def _geom(p3: Any, layout: Any, rows: Array, triangles: NDArray[np.int64]) -> Any:
    data = p3.GeomVertexData("shape", layout, p3.Geom.UH_static)
    data.unclean_set_num_rows(len(rows))
    _fill(data.modify_array_handle(0), rows, layout)
    faces = p3.GeomTriangles(p3.Geom.UH_static)
    faces.set_index_type(p3.Geom.NT_uint32)
    array = faces.modify_vertices()
    array.unclean_set_num_rows(triangles.size)
    array.modify_handle().copy_data_from(triangles.astype(np.uint32).ravel().tobytes())
    geom = p3.Geom(data)
    geom.add_primitive(faces)
    node = p3.GeomNode("shape")
    node.add_geom(geom)
    return node


def _fill(handle: Any, rows: Array, layout: Any) -> None:
    array = layout.get_array(0)
    if array.get_stride() == rows.shape[1] * 4:
        handle.copy_data_from(rows.astype(np.float32).tobytes())
        return
    packed = np.zeros(len(rows), dtype=[("at", np.float32, 3), ("colour", np.uint8, 4)])
    packed["at"] = rows[:, :3]
    packed["colour"] = rows[:, 3:7] * 255
    handle.copy_data_from(packed.tobytes())
