use super::*;

#[test]
#[ignore]
fn trial() {
    let folder = Path::new("/work/t/text/models-4");
    install(
        Path::new("/work/t/text/scratch/rapidocr_onnxruntime-1.4.4-py3-none-any.whl"),
        folder,
    )
    .unwrap();
    let t = now();
    let reader = Reader::open(folder).unwrap();
    println!("open {:?}", t.elapsed());
    for file in std::env::var("FILES").unwrap().split(' ') {
        let bytes = std::fs::read(file).unwrap();
        let photo = crate::photo::read(&bytes, &crate::photo::Limits::default()).unwrap();
        let t = now();
        let px = image::load_from_memory(&photo.jpeg).unwrap().into_rgb8();
        println!("{file} {:?} decode {:?}", px.dimensions(), t.elapsed());
        let t = now();
        let regions = detect::regions(&reader.detector, &px, &Limits::default()).unwrap();
        println!("detect {:?} {}", t.elapsed(), regions.len());
        for r in &regions {
            let t = now();
            let line = recognise::line(&reader.recogniser, &reader.alphabet, &px, r).unwrap();
            println!(
                "  {:?} {} {} | {:?} {:?} {:?}",
                t.elapsed(),
                line.sure_permille,
                line.text,
                r.middle,
                r.along,
                r.size
            );
        }
    }
}
