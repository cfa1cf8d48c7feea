"""What each product of the line is judged by: from settings to a classifier for each."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from marbleline.adapters.classifiers.by_product import ClassifiersByProduct
from marbleline.adapters.classifiers.input_specs import ProductInputSpecs
from marbleline.adapters.classifiers.registry import CLASSIFIERS
from marbleline.bootstrap.adapters import open_classifier
from marbleline.domain.product_repository import ModelRepository, products_in
from marbleline.domain.version_labels import stable_version
from marbleline.errors import ModelError
from marbleline.ports.classifier import Classifier, SuspectClassifier
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import ModelSettings
from marbleline.settings.publisher import PublisherSettings


def open_classifiers(configuration: Configuration, label: str | None = None) -> ClassifiersByProduct:
    """A classifier for each product, where and how ``classifier`` says of the one that ``model`` names.

    ``label``: as in ``open_classifier``, of each product.
    """
    repository = repository_of(configuration)

    def open_(product: str) -> Classifier:
        address = _address(configuration, product == repository.default)
        own = configuration.changed(model=str(repository.folder(product)), classifier=address)
        return open_classifier(own, label)

    return ClassifiersByProduct(open_, repository.read, repository.default)


def open_product_classifier(configuration: Configuration) -> Classifier:
    """The classifier of the product that ``model`` names, with the thresholds that count for it."""
    return open_classifiers(configuration).of(repository_of(configuration).default)


def open_suspect_classifier(configuration: Configuration) -> SuspectClassifier | None:
    """What judges frames that may have ended a worker; None where a server judges.

    Raises SettingError if the embedded model's extra is not installed.
    """
    adapter = CLASSIFIERS.find(configuration.read(PublisherSettings).classifier)
    if not adapter.embedded:
        return None
    CLASSIFIERS.opener(adapter)
    # It has the sandbox's processes, which a publisher with a model server does without.
    from marbleline.adapters.classifiers.isolated import IsolatedClassifier

    repository = repository_of(configuration)
    return IsolatedClassifier(partial(_stable, repository), read=repository.read)


def open_input_specs(configuration: Configuration) -> ProductInputSpecs:
    """What the model of each product takes."""
    return ProductInputSpecs(partial(_stable, repository_of(configuration)))


def repository_of(configuration: Configuration) -> ModelRepository:
    """The products beside the one that ``model`` names. Raises SettingError."""
    return ModelRepository(configuration.read(ModelSettings).model)


def check_product(configuration: Configuration, product: str) -> None:
    """Returns if the product has a model, or nobody here can tell: not every worker has the models.

    Raises UnknownProduct.
    """
    repository = repository_of(configuration)
    try:
        known = products_in(repository.path)
    except ModelError:
        return
    if known:
        repository.folder(product)


def mixed_products(configuration: Configuration, cameras: Iterable[Mapping[str, str]]) -> str:
    """What to say if cameras of a line that folds slabs have different products; empty: they have not.

    ``cameras``: each one's own settings, texts by name. Raises SettingError.
    """
    read = [configuration.changed(**own).read(CameraSettings) for own in cameras]
    if len({one.camera_product for one in read}) < 2:
        return ""
    named = ", ".join(f"{one.camera} {one.camera_product or '(of the line)'}" for one in read)
    return (
        f"Cameras have different products: {named}. Where two of them show the same slab, it never becomes"
        " good (mixed_products): give them the same camera_product."
    )


def _address(configuration: Configuration, is_default: bool) -> str:
    address = configuration.read(PublisherSettings).classifier
    if is_default or CLASSIFIERS.find(address).embedded:
        return address
    from marbleline.tfserving.address import for_another_product

    return for_another_product(address)


def _stable(repository: ModelRepository, product: str) -> Path:
    return stable_version(repository.folder(product))
